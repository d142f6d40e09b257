"""Programs that compare file times with the clock and with each other: none may find a file from the future."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time

from guest import begin, check, end, in_own_directory, report, run, words

ALL_STAMPS = ("st_mtime_ns", "st_atime_ns")


def write(name, text):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "w") as file:
        file.write(text)


def pause():
    """Long enough for real and virtual time to drift apart, and for stamps to differ."""
    time.sleep(0.06)


def quiet(name, result):
    """Good if the program ended well and has nothing to say about time."""
    said = f"{result.stdout} {result.stderr}".lower()
    good = result.returncode == 0 and not any(word in said for word in ("future", "skew", "warning"))
    check(name, good, f"{result.returncode} {said[-400:]}")


def make_project():
    write("project/Makefile", "CFLAGS = -O0\nprogram: a.o b.o\n\tcc -o $@ $^\n%.o: %.c shared.h\n\tcc $(CFLAGS) -c $<\n")
    write("project/shared.h", "int b(void);\n")
    write("project/a.c", '#include "shared.h"\nint main(void) { return b(); }\n')
    write("project/b.c", '#include "shared.h"\nint b(void) { return 0; }\n')


def make():
    make_project()
    pause()
    first = run("make", "-C", "project")
    quiet("make", first)
    check("program_runs", run("project/program").returncode == 0)
    pause()
    second = run("make", "-C", "project")
    quiet("make_again", second)
    report("make_again_is_up_to_date", found=int("up to date" in second.stdout))
    pause()
    os.utime("project/b.c")
    third = run("make", "-C", "project")
    quiet("make_after_a_change", third)
    report("make_after_a_change_compiles", a=int("-c a.c" in third.stdout), b=int("-c b.c" in third.stdout))
    pause()
    run("touch", "-d", "1 hour ago", "project/a.c")
    report("make_with_an_older_source", found=int("up to date" in run("make", "-C", "project").stdout))


def cmake():
    lines = ["cmake_minimum_required(VERSION 3.16)", "project(p C)", "add_executable(p ../project/a.c ../project/b.c)"]
    write("cm/CMakeLists.txt", "\n".join(lines))
    pause()
    quiet("cmake", run("cmake", "-S", "cm", "-B", "cm/out"))
    pause()
    quiet("cmake_build", run("cmake", "--build", "cm/out"))
    pause()
    again = run("cmake", "--build", "cm/out")
    quiet("cmake_build_again", again)
    report("cmake_builds_once", again=int("Building" in again.stdout or "Linking" in again.stdout))


def same_times(first, second):
    """How many ns the modification times of two trees are apart at most."""
    apart = 0
    for root, _, names in os.walk(first):
        for name in names:
            one = os.path.join(root, name)
            other = os.path.join(second, os.path.relpath(one, first))
            apart = max(apart, abs(os.stat(one).st_mtime_ns - os.stat(other).st_mtime_ns))
    return apart


def rsync(*arguments):
    """What rsync transfers, as one word. It is to look at the nanoseconds, too."""
    return words(run("rsync", "--modify-window=-1", *arguments).stdout)


def copies():
    run("cp", "-rp", "project", "copied")
    report("cp_-p", apart_ns=same_times("project", "copied"))
    shutil.copytree("project", "copied_too")
    report("shutil.copytree", apart_ns=same_times("project", "copied_too"))
    pause()
    run("cp", "-u", "project/a.c", "copied/a.c")
    report("cp_-u_of_the_same", apart_ns=same_times("project", "copied"))
    report("rsync", says=rsync("-a", "project/", "synced/"))
    report("rsync_-a", apart_ns=same_times("project", "synced"))
    pause()
    report("rsync_again", says=rsync("-ai", "project/", "synced/"))
    os.utime("project/b.c")
    report("rsync_after_a_change", says=rsync("-ai", "project/", "synced/"))
    report("rsync_-u_backwards", says=rsync("-aiu", "synced/", "project/"))


def archives():
    for kind, more in (("gnu", []), ("posix", ["--format=posix"])):
        quiet(f"tar_create_{kind}", run("tar", *more, "-cf", f"{kind}.tar", "project"))
        quiet(f"tar_compare_{kind}", run("tar", "-df", f"{kind}.tar"))
        os.makedirs(f"from_{kind}")
        quiet(f"tar_extract_{kind}", run("tar", "-xf", f"{kind}.tar", "-C", f"from_{kind}"))
    report("tar_posix", apart_ns=same_times("project", "from_posix/project"))
    pause()
    write("project/new.c", "")
    update = run("tar", "-uvf", "gnu.tar", "project")
    report("tar_update", says=words(update.stdout))
    quiet("tar_update_quiet", update)
    snapshot = ["tar", "-g", "snapshot", "-cvf"]
    run(*snapshot, "0.tar", "project")
    pause()
    write("project/later.c", "")
    report("tar_incremental", says=words(run(*snapshot, "1.tar", "project").stdout))


def searches():
    write("fresh", "")
    pause()
    report("find_-mmin", fresh=words(run("find", "fresh", "-mmin", "-1").stdout))
    report("find_-mmin_+1", old=words(run("find", "fresh", "-mmin", "+1").stdout))
    report("find_-newermt", found=words(run("find", ".", "-newermt", "now").stdout))
    run("touch", "-d", "10 minutes ago", "old")
    report("find_old", found=words(run("find", "old", "-mmin", "+9", "-mmin", "-11").stdout))
    report("find_-newer", found=words(run("find", "fresh", "-newer", "old").stdout))
    run("touch", "-r", "old", "as_old")
    report("touch_-r", apart_ns=abs(os.stat("old").st_mtime_ns - os.stat("as_old").st_mtime_ns))
    listed = run("ls", "-t", "fresh", "old", "copied/a.c").stdout.split()
    report("ls_-t", order=",".join(listed))
    report("test_-N", code=run("bash", "-c", "cat fresh; sleep 0.06; echo x >> fresh; [ -N fresh ]").returncode)


def databases():
    before = time.time()
    with sqlite3.connect("db") as connection:
        now = connection.execute("SELECT (julianday('now') - 2440587.5) * 86400").fetchone()[0]
    check("sqlite_now", before - 0.002 <= now <= time.time() + 0.002, f"{now} at {before}")
    code = """
import sqlite3
connection = sqlite3.connect("db", isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print(flush=True)
input()
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    start = time.monotonic()
    try:
        sqlite3.connect("db", timeout=0.3).execute("CREATE TABLE t (a)")
    except sqlite3.OperationalError as error:
        report("sqlite_busy", error=words(str(error)))
    took = time.monotonic() - start
    check("sqlite_busy_timeout", 0.2 <= took <= 0.6, took)
    holder.communicate(b"\n")


def repositories():
    os.environ.update(GIT_CONFIG_GLOBAL="/dev/null", GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b")
    os.environ.update(GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b")
    git = ["git", "-C", "synced"]
    run(*git, "init", "-q")
    run(*git, "add", ".")
    before = int(time.time())
    quiet("git_commit", run(*git, "commit", "-qm", "first"))
    stamp = int(run(*git, "log", "-1", "--format=%ct").stdout or 0)
    check("git_stamp", before <= stamp <= time.time(), f"{stamp} at {before}")
    pause()
    report("git_status", says=words(run(*git, "status", "--porcelain").stdout))
    write("synced/a.c", "int main(void) { return 1; }\n")
    report("git_status_after_a_change", says=words(run(*git, "status", "--porcelain").stdout))


def future():
    """Whatever was written until now was written before now."""
    late = []
    for root, directories, names in os.walk("."):
        for name in directories + names:
            path = os.path.join(root, name)
            facts = os.lstat(path)
            late += [path for stamp in ALL_STAMPS + ("st_ctime_ns",) if getattr(facts, stamp) > time.time_ns()]
    check("nothing_is_from_the_future", not late, late)


in_own_directory()
begin()
make()
cmake()
copies()
archives()
searches()
databases()
repositories()
future()
end()
