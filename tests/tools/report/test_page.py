"""tools/report/page.py: what is in the HTML, and what headless Chromium makes of it."""

import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from data_prep.system.errors import InputError
from tests.chromium import check_page, check_widths, needs_chromium, opened, tab
from tools.report.page import Section, details, links, notice, page, paragraph, picture, preformatted, save_page, table

ODD = "<b>\"Q\" & 'A'</b>"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}><script>document.title = "run"</script><path d="M0 0h9v9"/></svg>'
NOTICE = "Computed on synthetic faces. No statement about the dataset."


def parsed(html):
    """[(tag, attributes)] in order and all text outside <style>, as a browser reads them."""
    tags, texts = [], []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append((tag, dict(attributes)))
    parser.handle_data = texts.append
    parser.feed(html)
    return tags, "".join(text for text in texts if "--page" not in text)


def saved(path, height=30, width=40):
    cv2.imwrite(str(path), np.zeros((height, width, 3), np.uint8))
    return path


@pytest.fixture
def sample(tmp_path):
    """A page with every block, pictures and tables wider than a phone, and words that cannot break well."""
    (tmp_path / "curve.svg").write_text(SVG.format('width="576pt" height="288pt"'))
    wide = [["subject", *(f"AU {au}" for au in range(30))], ["SN001", *["0.81"] * 30], ["average", *[None] * 30]]
    sections = [
        Section(
            "Result",
            [
                paragraph("2AFC per Action Unit. " * 20),
                table(wide, "2AFC per AU"),
                picture(saved(tmp_path / "bars.png", 480, 1200), "Bars per AU", "2AFC per AU"),
            ],
        ),
        Section(
            "Training",
            [
                picture(tmp_path / "curve.svg", "Falling loss", "Loss of one fold"),
                picture(saved(tmp_path / "faces.jpg"), "Faces", "Drawn faces"),
            ],
        ),
        Section("Configuration", [details("solver.prototxt", [preformatted("# comment " * 40), paragraph("x" * 300)])]),
        Section("Other", [links([("Table II", "../table2/report.html", "Across datasets")])]),
    ]
    save_page(tmp_path / "report.html", "Table I", [notice(NOTICE), paragraph("One net for all AUs.")], sections)
    return tmp_path / "report.html"


def test_a_page_without_sections_is_a_title_and_a_lead():
    tags, text = parsed(page("Nothing yet", "No fold is done.", []))
    assert text.split() == ["Nothing", "yet", "Nothing", "yet", "No", "fold", "is", "done."]
    assert ("html", {"lang": "en"}) in tags and "nav" not in dict(tags) and {"header", "main", "h1"} <= set(dict(tags))


def test_every_text_is_shown_as_it_was_given(tmp_path):
    blocks = [
        paragraph(ODD),
        notice(ODD),
        preformatted(ODD),
        details(ODD, [paragraph(ODD)]),
        links([(ODD, ODD, ODD)]),
        table([[ODD, ODD], [ODD, ODD]], ODD),
        picture(saved(tmp_path / "a.png"), ODD, ODD),
    ]
    html = page(ODD, ODD, [Section(ODD, blocks)] * 4)
    tags, text = parsed(html)
    assert "b" not in dict(tags) and text.count(ODD) == 3 + 4 + 4 * (1 + 13)  # head; contents; heading and blocks
    assert all(attributes["alt"] == ODD for tag, attributes in tags if tag == "img")
    assert all(attributes["href"] == ODD for tag, attributes in tags if tag == "a" and attributes["href"][0] != "#")
    assert all(attributes["aria-label"] == ODD for tag, attributes in tags if tag == "table")


def test_a_string_in_place_of_a_block_is_refused():
    with pytest.raises(AttributeError):
        page("title", "lead", [Section("heading", ["<b>not a block</b>"])])


def test_four_sections_get_a_table_of_contents_and_three_do_not():
    same = Section("2AFC per AU", [])
    assert "nav" not in dict(parsed(page("title", "lead", [same] * 3))[0])
    tags, _ = parsed(page("title", "lead", [same] * 4))
    targets = [attributes["href"] for tag, attributes in tags if tag == "a"]
    assert targets == ["#" + attributes["id"] for tag, attributes in tags if tag == "h2"]
    assert targets[1] == "#2-2afc-per-au" and len(set(targets)) == 4


def test_columns_of_numbers_align_right_with_their_heads_and_others_do_not():
    rows = [
        ["AU", "2AFC", "change", "version", "F1"],
        [1, "0.81", "+2.5 %", "2.4.6", None],
        [12, "0.74 \u00b1 0.02", "\u22121,234", "1.0", float("nan")],
        [25, "-", "1e-4", "", "0.5"],
    ]
    html = table(rows, "caption").html
    assert re.findall(r'<th scope="col"( class="number")?>', html) == [
        "",
        *[' class="number"'] * 2,
        "",
        ' class="number"',
    ]
    assert re.findall(r'class="number">([^<]*)</td>', html)[:3] == ["0.81", "+2.5 %", "\u2013"]
    assert html.count('<td class="number">\u2013</td>') == 2 and "<td>1.0</td>" in html


@pytest.mark.parametrize("head_columns, row_heads", [(0, []), (1, ["1"]), (2, ["1", "Inner brow raiser"])])
def test_leading_columns_name_their_row(head_columns, row_heads):
    html = table([["AU", "name", "2AFC"], [1, "Inner brow raiser", 0.81]], "caption", head_columns).html
    assert re.findall('<th scope="row">([^<]*)</th>', html) == row_heads
    assert ('class="sticky"' in html) == bool(head_columns)


def test_a_table_may_be_empty_but_not_ragged():
    assert "<td" not in table([["AU", "2AFC"]], "No fold is done").html
    with pytest.raises(ValueError):
        table([["AU", "2AFC"], [1]], "caption")


@pytest.mark.parametrize(
    "root, size",
    [
        ('width="576pt" height="288pt"', (768, 384)),
        ('width="40px" height="30"', (40, 30)),
        ('viewBox="0 0 120 60.4"', (120, 60)),
        ('width="100%" height="100%" viewBox="0,0,8,6"', (8, 6)),
    ],
)
def test_an_svg_keeps_its_size_in_css_pixels(tmp_path, root, size):
    (tmp_path / "a.svg").write_text(SVG.format(root))
    assert f'width="{size[0]}" height="{size[1]}"' in picture(tmp_path / "a.svg", "alt", "caption").html


def test_a_picture_is_known_by_what_it_holds_not_by_its_name(tmp_path):
    saved(tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert 'src="data:image/png;base64,' in picture(tmp_path / "a.jpg", "alt", "caption").html


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "neither PNG nor JPEG, and not an SVG"),
        (b"GIF89a", "neither PNG nor JPEG"),
        (b"\x89PNG\r\n", "damaged PNG"),
        (b"\xff\xd8\xff\xe0", "damaged JPEG"),
        (b"<html/>", "not an SVG with a width"),
        (SVG.format("").encode(), "a viewBox"),
    ],
)
def test_a_file_that_is_no_picture_is_named(tmp_path, data, message):
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(InputError, match=f"{tmp_path}/a.png: .*{message}"):
        picture(tmp_path / "a.png", "alt", "caption")


def test_the_notice_is_the_first_thing_under_the_title(sample):
    text = parsed(sample.read_text())[1]
    assert text.split("Table I")[2].strip().startswith(NOTICE)


@needs_chromium
def test_a_page_shows_all_its_pictures_and_fits_a_phone_in_light_and_dark(sample):
    facts = check_page(sample)
    assert facts["title"] == "Table I" and facts["console"] == facts["requests"] == [] and facts["overflow"] == 0
    assert [(image["alt"], image["width"], image["height"]) for image in facts["images"]] == [
        ("Bars per AU", 1200, 480),
        ("Falling loss", 768, 384),
        ("Faces", 40, 30),
    ]
    assert facts["background"] == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}
    assert min(facts["contrast"].values()) >= 4.5  # WCAG 2, level AA


@needs_chromium
def test_the_browser_refuses_a_script_and_a_remote_picture_in_a_page(sample):
    intruders = '<script>document.title = "changed"</script><img src="http://127.0.0.1:1/away.png"></main>'
    sample.write_text(sample.read_text().replace("</main>", intruders))
    facts = check_page(sample)
    assert facts["title"] == "Table I" and facts["images"][-1]["width"] == 0
    assert len([line for line in facts["console"] if "Content Security Policy" in line]) == 2


@needs_chromium
def test_nothing_is_hidden_that_fits_and_only_what_does_not_scrolls(tmp_path):
    """Tables of 6, 16 and 60 columns, the second wider than the text, the last wider than any screen."""
    tables = []
    for count in (6, 10, 16, 60):
        rows = [["AU", *["2AFC of it"] * count], *[["Average", *["0.123-0.456"] * count]] * 3]
        tables.append(table(rows, f"{count} columns"))
    save_page(tmp_path / "wide.html", "Wide", "lead", [Section("Tables", tables)])
    seen = check_widths(tmp_path / "wide.html")
    assert [overflow for overflow, _ in seen.values()] == [0, 0, 0]
    hidden = {width: [label for label, *_ in boxes] for width, (_, boxes) in seen.items()}
    assert hidden[1920] == ["60 columns"] and hidden[1200] == ["16 columns", "60 columns"]
    assert len(hidden[390]) == 4
    assert all(need > window - 48 for _, boxes in seen.values() for _, need, window in boxes)


def test_groups_of_columns_have_a_head_of_their_own():
    page = table([["AU", "ours", "paper", "ours"], [1, 90, 91, 0.8]], "c", groups=["", "accuracy", "accuracy", "2AFC"])
    assert page.html.index('colspan="2" class="group">accuracy<') < page.html.index('colspan="1" class="group">2AFC<')
    assert page.html.count('class="number start"') == 4  # head and cell of the first column of each group


@needs_chromium
def test_wide_tables_keep_their_first_column_and_paper_is_white_with_details_open(sample):
    with tab() as (call, events):

        def value(expression):
            return call("Runtime.evaluate", expression=expression, returnByValue=True)["result"]["value"]

        call("Emulation.setDeviceMetricsOverride", width=375, height=812, deviceScaleFactor=1, mobile=True)
        opened(sample.as_uri(), call, events)
        value("document.querySelector('.scroll').scrollLeft = 1000")
        assert value("document.querySelector('.scroll').scrollLeft") > 500
        assert value("document.querySelector('tbody th').getBoundingClientRect().left") == 16
        assert value("getComputedStyle(document.images[2]).width") == "40px"  # small ones are not shrunk by their frame
        value("document.querySelector('details').open = false")
        folded = value("document.querySelector('details').offsetHeight")
        call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        assert value("document.querySelector('details').offsetHeight") > folded + 100
        assert value("document.querySelector('pre').checkVisibility()")
        assert value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@needs_chromium
def test_errors_of_scripts_are_caught_even_late_ones(tmp_path):
    (tmp_path / "bad.html").write_text("""<p>text</p><script>console.log("all well"); console.error("logged", 1);
        Promise.reject(new Error("rejected")); setTimeout(() => missing(), 5)</script>""")
    console = "\n".join(check_page(tmp_path / "bad.html")["console"])
    assert "error: logged 1" in console and "rejected" in console and "missing is not defined" in console
    assert "all well" not in console


@needs_chromium
def test_broken_and_remote_pictures_are_caught(tmp_path):
    (tmp_path / "bad.html").write_text("""<p>text</p><img src="data:image/png;base64,AAAA" alt="damaged">
        <img src="lost.png" alt="lost"><img src="http://127.0.0.1:1/a.png" alt="remote">""")
    facts = check_page(tmp_path / "bad.html")
    assert [image["alt"] for image in facts["images"] if not image["width"]] == ["damaged", "lost", "remote"]
    assert facts["requests"] == [(tmp_path / "lost.png").as_uri(), "http://127.0.0.1:1/a.png"]
    assert sorted(line.rpartition("/")[2] for line in facts["console"]) == ["a.png", "lost.png"]


@needs_chromium
def test_a_page_too_wide_too_pale_or_without_dark_colors_is_caught(tmp_path):
    viewport = '<meta name="viewport" content="width=device-width">'
    (tmp_path / "bad.html").write_text(
        f'{viewport}<body style="margin: 0; background: white">'
        '<details><p style="color: #777; width: 475px">text</p></details>'
    )
    facts = check_page(tmp_path / "bad.html")
    assert facts["overflow"] == 100 and facts["background"]["light"] == facts["background"]["dark"]
    assert facts["contrast"]["light"] == pytest.approx(4.48, abs=0.01)


@needs_chromium
def test_a_page_that_hangs_ends_with_an_error():
    with pytest.raises(RuntimeError, match="ended or hung"), tab(seconds=3) as (call, _):
        call("Runtime.evaluate", expression="for (;;);")
