"""What turns the notebooks into a course: exercises with checks and hints, and questions.

In a notebook:

    from gan_hw.course import ask, check, hint, progress, reply, say, solution

    check("slopes", slopes)     # right, or what is wrong with it
    hint("slopes")              # the next hint
    solution("slopes")          # after an attempt
    ask("why_tanh")             # a question, and reply("why_tanh", "b") where its buttons don't show
    progress("03")              # how far you are
    print(say("steps:"), 3)     # in the language of the notebook

exercise.py and question.py say what a record holds, exercises/ and questions/ hold them; checking.py examines answers,
student.py is what notebooks call, record.py remembers.
"""

from gan_hw.course.student import ask, check, hint, progress, reply, solution
from gan_hw.utils.messages import say

__all__ = ["ask", "check", "hint", "progress", "reply", "say", "solution"]
