"""What every other folder uses: devices, seeds, files, hosts, progress, figures, interrupts."""
