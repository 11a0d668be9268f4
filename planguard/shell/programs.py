"""What programs do with their arguments: those that only look at them, those that run them, those that run a text.

Data for `walk`; runs and judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from planguard.shell.words import names

DATA = names(
    # To these, their arguments are text, files or names: `echo terraform destroy` destroys nothing.
    """
    echo printf print grep egrep fgrep zgrep rg ag ack cat bat less more head tail tac nl wc sort uniq cut tr tee ls ll
    tree stat file du df test [ true false : pushd popd pwd mkdir rmdir touch chmod chown chgrp diff cmp comm jq yq
    curl wget http which whereis man info tldr apropos history gh glab hub code vim vi nvim nano emacs subl open pbcopy
    xclip apt apt-get apt-cache brew yum dnf apk snap pacman choco winget pip pip3 gem cargo shellcheck shfmt tflint
    tfsec checkov trivy terrascan terraform-docs tfenv tofuenv tfswitch asdf-plugin infracost conftest opa regula kics
    hadolint pre-commit yamllint actionlint kill sleep wait return exit break continue unset shift hash logger
    notify-send say date basename dirname realpath readlink mktemp seq yes column fold expr let umask ulimit tar zip
    unzip gzip gunzip rsync scp sftp sha256sum md5sum base64 xxd hexdump od strings iconv figlet cowsay dig nslookup
    ping uname whoami id hostname ps top free uptime lsof netstat ss type planguard-docs
    """
)
SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ksh", "mksh", "ash", "fish", "rbash"))
INTERPRETERS = re.compile(
    r"(?:python|pypy|node|nodejs|deno|bun|ruby|perl|php|lua|tclsh|osascript|awk|gawk|mawk|expect)[0-9.]*"
)
WRAPPERS = names(
    # They run what follows, a script in the folder too.
    """
    env sudo doas nohup time nice ionice timeout gtimeout stdbuf setsid unbuffer caffeinate chroot exec command builtin
    coproc doppler aws-vault op direnv dotenv poetry uv pipenv mise asdf nix devbox chamber sops teller envchain
    infisical infisical-cli summon saml2aws granted assume unshare firejail strace ltrace script faketime run-one retry
    flock chronic systemd-run arch xvfb-run busybox then do else noglob nocorrect
    """
)
TEXT_RUNNERS = names(
    # An argument of theirs that has blanks in it is a command line.
    "watch tmux screen parallel su runuser entr concurrently script flock doppler vagrant nix-shell nix direnv zellij "
    "hyperfine nodemon chokidar sudo env npm npx pnpm yarn bunx op ts expect"
)
CONTAINERS = frozenset(("docker", "podman", "nerdctl", "docker-compose", "finch", "lima", "kubectl", "singularity"))
DECODERS = frozenset(("base64", "base32", "xxd", "openssl", "gpg", "rev", "uudecode", "tr"))
"""Whose output is not what one read on the way in."""

OWN = frozenset(("planguard", "planguard-iac"))
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
"""A word that sets a variable."""

_STARTS = re.compile(
    r"subprocess|os\.(?:system|exec|spawn)|popen|pty\.spawn|child_process|exec(?:Sync|File|v|l|_command)?\s*\(|spawn"
    r"|\bsystem\b|shell_exec|passthru|Open3|%x|`|do shell script|\bsh\b|Deno\.Command|Bun\.\$|pexpect|plumbum|\bexec\b"
)


def starts_programs(code: str) -> bool:
    """Whether code of another language looks as if it started programs."""
    return _STARTS.search(code) is not None


def base(name: str) -> str:
    """A program's name without its folder."""
    return re.split(r"[/\\]", name)[-1].removesuffix(".exe")


def after_options(args: Sequence[str], with_value: str = "") -> int:
    """The index of the first argument that is no option; `with_value`: the letters whose value is the next argument."""
    index = 0
    while index < len(args):
        arg = args[index]
        if arg == "--":
            return index + 1
        if not arg.startswith("-") or arg == "-":
            return index
        index += 2 if len(arg) == 2 and arg[1] in with_value else 1
    return index
