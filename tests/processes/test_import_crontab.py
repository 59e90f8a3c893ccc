"""`app.py import-crontab`: the lines of a crontab as drafts."""

from tests.support.app_under_test import EMAIL, PASSWORD

CRONTAB = "MAILTO=x\n0 3 * * * /usr/bin/backup.sh --all\n@reboot start\n@daily curl https://shop.example/cron\n"


def test_every_job_becomes_a_draft_and_every_line_is_told(installation, tmp_path):
    installation.command("init", "--email", EMAIL, "--password-stdin", given=PASSWORD)
    file = tmp_path / "crontab"
    file.write_text(CRONTAB)

    done = installation.command("import-crontab", str(file), "--timezone", "Europe/Berlin")

    assert done.returncode == 0, done.stderr
    assert "line 2: backup.sh – At 3:00 am every day, Berlin time." in done.stdout
    assert "line 3: left out. It runs when the machine starts" in done.stdout
    assert "2 drafts made, 1 line left out. Nothing is on" in done.stdout
    assert "Scripts are switched off on this server." in done.stdout
    assert installation.rows("SELECT slug, state FROM workflows ORDER BY slug") == [
        ("backup-sh", "draft"), ("shop-example-cron", "draft")]


def test_it_reads_what_crontab_l_prints(installation):
    installation.command("init", "--email", EMAIL, "--password-stdin", given=PASSWORD)

    done = installation.command("import-crontab", "-", "--owner", EMAIL, given=CRONTAB)

    assert "2 drafts made" in done.stdout


def test_what_cant_be_brought_in_changes_nothing(installation, tmp_path):
    installation.command("init", "--email", EMAIL, "--password-stdin", given=PASSWORD)
    file = tmp_path / "crontab"
    file.write_text("@daily x\n" * 301)

    for words in ([str(file)], [str(tmp_path / "none")], ["-", "--owner", "nobody@example.org"],
                  ["-", "--timezone", "Mars"]):
        refused = installation.command("import-crontab", *words, given=CRONTAB)
        assert (refused.returncode, refused.stdout) == (1, ""), words
        assert refused.stderr.count("\n") == 1
    assert installation.rows("SELECT slug FROM workflows") == []


def test_letters_of_another_age_do_no_harm(installation, tmp_path):
    installation.command("init", "--email", EMAIL, "--password-stdin", given=PASSWORD)
    file = tmp_path / "crontab"
    file.write_bytes(b"# caf\xe9\n0 3 * * * caf\xe9\n")

    assert "1 draft made" in installation.command("import-crontab", str(file)).stdout
