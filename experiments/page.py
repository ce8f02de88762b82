"""report.html of an experiment: all that a reader of its numbers would ask for, on one self-contained page."""

from experiments.cost import cost_rows
from experiments.facts import data_facts, faces_found, warnings_of
from experiments.page_nets import net_blocks
from experiments.page_results import result_section
from experiments.page_settings import made_blocks
from experiments.run_files import TRAINING_PLOT
from tools.report.page import Section, details, notice, paragraph, picture, save_page, table
from tools.report.tables import number

HOW_TO_READ = (
    "Accuracies are percent, 2AFC (the area under the ROC curve) and F1 are 0 to 1. Intervals are 95%, over the tested "
    "subjects: what would change with other people (jackknife and t distribution, on the logit's scale). All columns "
    "of a row rest on the same frames, and averages on the same AUs. Skew-normalized accuracy and F1 are what they "
    "would be if presence and absence were equally frequent (Jeni et al. 2013). Majority is what always guessing the "
    "more frequent class would score; average precision of a random score is the base rate. MCC is Matthews' "
    "correlation, kappa Cohen's; both are 0 by chance. An event is a run of frames with the AU in a video; it is found "
    "if at least half of its frames are. The raw logit is the net's own output for the AU, before QDA. Probabilities "
    "are calibrated on validation subjects; ECE is how far they are, on average, from the share of frames that show "
    "the AU, Brier their mean squared error. ICC(3,1) is the agreement of 5 x probability with coded intensities."
)


def save_report(path, metrics, tasks, pictures, out):
    """Write the page. `pictures`: [(path without ending, caption)] of figures that belong to this experiment alone."""
    lead = [notice(text) for text in warnings_of(metrics)]
    lead += [paragraph(faces_found(metrics)), paragraph(HOW_TO_READ)]
    lead += [paragraph(note) for note in metrics.get("notes", [])]
    sections = [Section("Figure", [picture(f"{figure}.png", caption, caption) for figure, caption in pictures])]
    sections.append(
        Section("Results side by side", [table(rows, caption) for caption, rows in metrics.get("tables", [])])
    )
    sections += [result_section(out, name, entry) for name, entry in metrics["results"].items()]
    sections.append(
        Section(
            "Training",
            [
                picture(
                    out / TRAINING_PLOT,
                    "Training and validation loss against iterations",
                    "Each net's loss on its training and validation subjects. The model used is trained on both for "
                    "as many iterations as the validation run took to stop.",
                )
            ],
        )
    )
    sections += [data_section(metrics), configuration(metrics, tasks)]
    save_page(path, metrics["title"], lead, [section for section in sections if section.blocks])


def data_section(metrics):
    """How many faces were found in each dataset, and what else is known of the data."""
    blocks = [detection_table(metrics)]
    if facts := data_facts(metrics):
        blocks.append(
            table([["dataset", "what", "found"], *facts], "What was found in the data, and how they were read")
        )
    return Section("Data", blocks)


def detection_table(metrics):
    """How many faces were found in each dataset."""
    head = ["dataset", "subjects", "frames", "faces", "missed", "unreadable", "found %", "coded", "coded, lost"]
    rows = [[*head, "worst subject"]]
    for key, found in metrics["detection"].items():
        worst = max(found["missed_by_subject"].items(), key=lambda item: item[1])
        rows.append(
            [
                metrics["data"][key],
                found["subjects"],
                found["frames"],
                found["faces"],
                found["missed"],
                found["unreadable"],
                number(100 * found["faces"] / max(found["frames"], 1), 2),
                found["coded"],
                found["coded_missed"],
                f"{worst[0]}, {worst[1]} frames" if worst[1] else "none missed",
            ]
        )
    return table(
        rows,
        "Frames in which the detector found a face; the others are left out of training and test, and counted. Coded "
        "frames without a face are lost: labels that nothing is learned from, and that nothing is tested on",
    )


def configuration(metrics, tasks):
    """Commit, settings, versions, seconds, folds, and the nets and solvers as the runs used them."""
    folds = [
        ["net", "stopped at", "tested on"],
        *(
            [
                name,
                str(metrics["stopped_at"][name]),
                "; ".join(f"{test}: {', '.join(names)}" for test, names in tests.items()),
            ]
            for name, tests in metrics["folds"].items()
        ),
    ]
    return Section(
        "Configuration",
        [
            *made_blocks(metrics),
            table(cost_rows(metrics["cost"]), "Cost: the net, and what a fold took, on average"),
            details(
                "Nets and who tested them",
                [table(folds, "Iterations at which each net stopped, and its test subjects")],
            ),
            *net_blocks(tasks),
        ],
    )
