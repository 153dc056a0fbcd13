"""Where the figures come from: processor, system, compilers, and how busy the machine was."""
import os
import platform
import subprocess

from runner.core import QUARTZ, ROOT

from .report import Section


def first_line(*command) -> str:
    """What a command says in its first line; a tree without git has no commit to name."""
    try:
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return "not installed"
    return result.stdout.split("\n")[0] if result.returncode == 0 else "unknown"


def processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def load() -> str:
    return " ".join(f"{average:.2f}" for average in os.getloadavg())


def section(load_before: str) -> Section:
    """`load_before` is what `load()` gave when the run began."""
    rows = [
        ["processor", f"{processor()}, {os.cpu_count()} cores"],
        ["kernel", f"{platform.system()} {platform.release()}, {platform.machine()}"],
        ["quartz", f"{first_line(QUARTZ, '--version')}, commit {first_line('git', 'describe', '--always', '--dirty')}"],
        ["clang", first_line("clang-19", "--version")],
        ["gcc (compiles quartz)", first_line("gcc", "--version")],
        ["load before", load_before],
        ["load after", load()],
    ]
    text = "Load is the average over 1, 5 and 15 minutes; the run itself makes 1."
    return Section("Machine", text, ["", ""], rows)
