"""nbgrader's settings for this course: run nbgrader in this folder. docs/teaching/index.md says how."""

c = get_config()  # noqa: F821 - nbgrader defines it

c.CourseDirectory.course_id = "gan_course"
c.ExecutePreprocessor.timeout = 600  # seconds for one cell; with GAN_HW_SMOKE=1 each training takes some seconds
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
