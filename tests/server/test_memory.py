from __future__ import annotations

import pytest

from kresume_nb.server.memory import killed, oom_kills

V2 = "low 0\nhigh 0\nmax 31\noom 2\noom_kill 2\noom_group_kill 0\n"
V1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n"


def system(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


@pytest.mark.parametrize(
    ("groups", "counter", "content", "expected"),
    [
        ("0::/user.slice/app\n", "user.slice/app/memory.events", V2, 2),
        ("0::/\n", "memory.events", V2, 2),
        ("0::/outside/the/container\n", "memory.events", V2, 2),
        ("4:cpu:/\n3:memory:/jobs/7\n0::/\n", "memory/jobs/7/memory.oom_control", V1, 5),
        ("3:hugetlb,memory:/docker/ab\n", "memory/memory.oom_control", V1, 5),
    ],
)
def test_both_versions_of_control_groups_tell(tmp_path, groups, counter, content, expected):
    files = {"proc/self/cgroup": groups, f"sys/fs/cgroup/{counter}": content}
    assert oom_kills(system(tmp_path, files)) == expected


def test_where_nothing_tells_nothing_is_known(tmp_path):
    assert oom_kills(tmp_path) is None
    assert oom_kills(system(tmp_path, {"proc/self/cgroup": "0::/\n"})) is None


def test_a_kernel_too_old_to_count_tells_nothing(tmp_path):
    files = {
        "proc/self/cgroup": "3:memory:/\n",
        "sys/fs/cgroup/memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n",
    }
    assert oom_kills(system(tmp_path, files)) is None


LOG = [
    "6,1,100000000,-;eth0: link up\n",
    "3,2,205000000,-;Out of memory: Killed process 4242 (python) total-vm:9kB, anon-rss:8kB\n",
    "3,3,206000000,-;Memory cgroup out of memory: Killed process 77 (python) total-vm:9kB\n",
]


def test_the_log_names_who_was_killed():
    assert killed(4242, iter(LOG), 210.0)
    assert killed(77, iter(LOG), 210.0)
    assert not killed(424, iter(LOG), 210.0)


def test_a_line_from_long_ago_is_about_another_process():
    assert not killed(4242, iter(LOG), 900.0)
