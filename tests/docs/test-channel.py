#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library's pages and its header say the same. Speaks TAP."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from pages import ALIASES, LIBRARY_PAGES, MAN, SOURCE, Skip, no, page, plain, run, run_tests, section

HEADER = re.sub(r"/\*.*?\*/", "", (SOURCE / "channel/rtchannel.h").read_text(encoding="utf-8"), flags=re.S)
FUNCTION_PAGES = [name for name in LIBRARY_PAGES if name != "rtchannel.3"]


def words(text):
    """The text as tokens, so that layout does not matter."""
    return " ".join(re.findall(r"\w+|[^\w\s]", text))


def prototypes(text):
    """Declarations of functions, by name."""
    found = re.findall(r"^(?!typedef|#)((?:const )?\w[\w ]*[ *](rtchannel_\w+)\([^;{]*\);)", text, re.M)
    return {name: words(declaration) for declaration, name in found}


def types(text):
    """Definitions of structs and enums, by name."""
    return {name: words(body) for body, name in
            re.findall(r"typedef (?:struct|enum) \w+ (\{[^}]*\}) (\w+);", text)}


def constants(text):
    return dict(re.findall(r"^#define (RTCHANNEL_\w+) (.+)$", text, re.M))


def synopsis(name):
    return plain(section(page(name), "SYNOPSIS"))


def names_of(name):
    """What stands before the dash in a page's NAME."""
    before = plain(section(page(name), "NAME")).replace("\n", " ").split(" - ")[0]
    return {word.strip() for word in before.split(",")}


# -- header and pages ---------------------------------------------------------------------------------------------


def every_function_is_on_one_page_as_it_is_declared():
    declared = prototypes(HEADER)
    assert len(declared) > 20, declared
    documented = {}
    for name in FUNCTION_PAGES:
        for function, prototype in prototypes(synopsis(name)).items():
            assert function not in documented, function + " is on two pages"
            documented[function] = prototype
    no(declared.keys() ^ documented.keys(), "functions in the header or on the pages only")
    no([name for name in declared if declared[name] != documented[name]], "declared otherwise than on their pages")


def every_type_is_on_one_page_as_it_is_defined():
    declared, documented = types(HEADER), {}
    assert len(declared) >= 5, declared
    for name in LIBRARY_PAGES:
        for kind, body in types(synopsis(name)).items():
            assert kind not in documented, kind + " is on two pages"
            documented[kind] = body
    no(declared.keys() ^ documented.keys(), "types in the header or on the pages only")
    no([name for name in declared if declared[name] != documented[name]], "defined otherwise than on their pages")


def every_constant_is_on_a_page_as_it_is_defined():
    documented = {}
    for name in LIBRARY_PAGES:
        documented |= constants(synopsis(name))
    assert constants(HEADER) == documented, (constants(HEADER), documented)


def every_member_has_a_text():
    for name in LIBRARY_PAGES:
        text = plain(section(page(name), "DESCRIPTION"))
        told = set(re.findall(r"\w+", " ".join(re.findall(r"^\.TP\n(.*)", text, re.M)))) | set(
            re.findall(r"^\.I (RTCHANNEL_\w+)$", text, re.M))
        for kind, body in types(synopsis(name)).items():
            members = set(re.findall(r"(\w+)(?: \[ \w+ \])?(?: = 1)? [;,]", body))
            assert members, body
            no(members - told, f"members of {kind} without a text on {name}")


def what_the_pages_name_exists():
    known = {"rtchannel.h", "RTCHANNEL_DIR"} | set(prototypes(HEADER)) | set(types(HEADER)) | set(constants(HEADER))
    known |= set(re.findall(r"RTCHANNEL_\w+", HEADER))
    for name in LIBRARY_PAGES:
        text = re.sub(r"^\.TH .*$", "", plain(page(name)), flags=re.M)
        used = set(re.findall(r"\brtchannel_\w+|\bRTCHANNEL_\w+", text))
        no(used - known, f"named on {name} only")


def what_is_exported_is_what_is_declared():
    exported = set(re.findall(r"\b(rtchannel_\w+);", (SOURCE / "channel/rtchannel.map").read_text(encoding="utf-8")))
    no(exported ^ prototypes(HEADER).keys(), "functions in the header or in the library's map only")


# -- pages --------------------------------------------------------------------------------------------------------


def man_finds_the_page_of_every_function():
    for name in FUNCTION_PAGES:
        listed = names_of(name)
        no(listed ^ prototypes(synopsis(name)).keys(), f"functions in NAME or SYNOPSIS of {name} only")
        for function in listed - {name.removesuffix(".3")}:
            assert (MAN / f"{function}.3").read_text(encoding="utf-8").startswith(f".so man3/{name}\n"), function
    no(ALIASES - {f"{function}.3" for function in prototypes(HEADER)}, "lead from what is no function")


def every_page_says_who_owns_what_waits_how_long_and_is_safe_to_call():
    for name in FUNCTION_PAGES:
        headings = re.findall(r"^\.S[SH] (.*)$", plain(page(name)), re.M)
        wanted = {"DESCRIPTION", "Waiting", "Real-time safety", "Threads"}
        if "*" in synopsis(name):
            wanted |= {"Ownership", "RETURN VALUE", "ERRORS"}
        no(wanted - set(headings), f"missing on {name}")


def every_error_that_the_header_names_is_on_the_page():
    """Errors in the comment before or after a function, on the page that it is on."""
    raw = (SOURCE / "channel/rtchannel.h").read_text(encoding="utf-8")
    pages = {function: name for name in FUNCTION_PAGES for function in prototypes(synopsis(name))}
    for comment, function in re.findall(r"/\*((?:(?!\*/).)*)\*/\s*(?:\w[\w ]*[ *])(rtchannel_\w+)\(", raw, re.S):
        for error in re.findall(r"-(E[A-Z]+)\b", comment):
            text = section(page(pages[function]), "ERRORS")
            assert re.search(rf"\b{error}\b", text), f"{error} of {function} is missing on {pages[function]}"


# -- examples -----------------------------------------------------------------------------------------------------


def programs():
    pattern = r'^\.\\" program: ([^\n]*)\n\.EX\n(.*?)^\.EE$'
    return [(name, plain(body)) for name, body in re.findall(pattern, page("rtchannel.3"), re.M | re.S)]


def the_programs_of_the_examples_can_be_compiled_and_linked():
    compiler = shutil.which("cc")
    if not compiler:
        raise Skip("there is no compiler")
    assert len(programs()) >= 4, programs()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in programs():
            Path(folder, name).write_text(text, encoding="utf-8")
            result = run(compiler, "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-O1", f"-I{SOURCE}/channel", name,
                         "-o", "program", "-L" + os.environ["CHANNEL_DIR"], "-lrtchannel", cwd=folder)
            assert result.returncode == 0, result.stderr


def the_header_needs_nothing_before_it():
    if not shutil.which("cc"):
        raise Skip("there is no compiler")
    for standard in ("c99", "c11", "gnu17"):
        result = run("cc", f"-std={standard}", "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                     str(SOURCE / "channel/rtchannel.h"))
        assert result.returncode == 0, result.stderr


run_tests([
    every_function_is_on_one_page_as_it_is_declared,
    every_type_is_on_one_page_as_it_is_defined,
    every_constant_is_on_a_page_as_it_is_defined,
    every_member_has_a_text,
    what_the_pages_name_exists,
    what_is_exported_is_what_is_declared,
    man_finds_the_page_of_every_function,
    every_page_says_who_owns_what_waits_how_long_and_is_safe_to_call,
    every_error_that_the_header_names_is_on_the_page,
    the_programs_of_the_examples_can_be_compiled_and_linked,
    the_header_needs_nothing_before_it,
])
