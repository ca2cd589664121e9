"""Tables, evidence and plans of the runs that are made by hand."""

from __future__ import annotations

from fivefold.core.artefacts import (
    Brief,
    Citation,
    Column,
    ColumnCard,
    ColumnProfile,
    Contract,
    Dataset,
    Finding,
    OpenQuestion,
    Overruled,
    PlanItem,
    PlanValue,
    Profile,
    Question,
    Role,
    Split,
    Task,
)

TARGET: dict[Task, str] = {"regression": "energy_kcal", "binary": "saw_doctor", "multiclass": "land_use"}
SOURCE: dict[Task, str] = {
    "regression": "foods.csv",
    "binary": "person_years.parquet",
    "multiclass": "satellite.parquet",
}
ASKED: dict[Task, str] = {
    "regression": "How much energy is in 100 g of a food, from its label and its minerals and vitamins?",
    "binary": "Will this person see a doctor this year, from who they are and which health plan they have?",
    "multiclass": "",
}
CLASSES: dict[Task, tuple[str, ...]] = {
    "regression": (),
    "binary": ("no", "yes"),
    "multiclass": (
        "cotton crop",
        "damp grey soil",
        "grey soil",
        "red soil",
        "vegetation stubble",
        "very damp grey soil",
    ),
}
COLUMNS: dict[Task, tuple[tuple[str, Role, float], ...]] = {
    "regression": (
        ("description", "text", 0.0), ("food_group", "category", 0.0), ("manufacturer", "category", 0.81),
        ("calcium_mg", "number", 0.04), ("iron_mg", "number", 0.02), ("potassium_mg", "number", 0.05),
        ("sodium_mg", "number", 0.01), ("zinc_mg", "number", 0.08), ("vitamin_c_mg", "number", 0.09),
        ("vitamin_b6_mg", "number", 0.11), ("folate_ug", "number", 0.14), ("cholesterol_mg", "number", 0.05),
    ),
    "binary": (
        ("coinsurance_percent", "number", 0.0), ("age", "number", 0.0), ("self_rated_health", "category", 0.0),
        ("chronic_disease", "number", 0.01), ("sex", "category", 0.0), ("general_health", "number", 0.26),
        ("mental_health", "number", 0.03), ("income_usd", "number", 0.02), ("education_years", "number", 0.01),
        ("family_size", "number", 0.0), ("plan", "category", 0.0), ("baseline_examination", "boolean", 0.0),
    ),
    "multiclass": tuple((f"band_{band}_pixel_{pixel}", "number", 0.0) for band in range(1, 5) for pixel in range(1, 4)),
}  # fmt: skip
"""Name, role and share of missing values."""
EXAMPLE: dict[Task, dict[str, str | float | int | bool | None]] = {
    "regression": {"description": "Cheese, blue", "food_group": "Dairy and Egg Products", "manufacturer": None, "calcium_mg": 528.0},
    "binary": {"coinsurance_percent": 0, "age": 42.9, "self_rated_health": "fair", "general_health": None},
    "multiclass": {"band_1_pixel_1": 92, "band_1_pixel_2": 115, "band_1_pixel_3": 120},
}  # fmt: skip
ROWS: dict[Task, int] = {"regression": 8_789, "binary": 20_190, "multiclass": 6_435}


def question(task: Task) -> Question:
    return Question(
        TARGET[task], group_column="person" if task == "binary" else None, description=ASKED[task]
    )


def profile(task: Task) -> Profile:
    """A glance at the table."""
    rows = ROWS[task]
    columns = [
        ColumnProfile(
            name,
            "VARCHAR",
            "string" if role in {"text", "category"} else "number",
            role,
            "",
            int(missing * rows),
            311,
        )
        for name, role, missing in COLUMNS[task]
    ]
    count = len(CLASSES[task])
    shares = {2: (0.309, 0.691), 6: (0.109, 0.097, 0.211, 0.239, 0.11, 0.234)}.get(count, ())
    top = tuple((label, round(share * rows)) for label, share in zip(CLASSES[task], shares, strict=True))
    target = ColumnProfile(TARGET[task], "VARCHAR", "string", "category", "", 0, count or 912, top=top)
    return Profile(rows, (*columns, target), count or 912, min(shares, default=None), rows)


def item(key: str, value: PlanValue, why: str, *because: str, by: str = "rule") -> PlanItem:
    return PlanItem(key, value, because, by, why)  # type: ignore[arg-type]


def plan(task: Task) -> tuple[PlanItem, ...]:
    """A plan of which part rests on evidence."""
    metric = {"regression": "rmse", "binary": "roc_auc", "multiclass": "accuracy"}[task]
    kind = {"regression": "random", "binary": "group", "multiclass": "stratified"}[task]
    report: dict[Task, tuple[str, ...]] = {
        "regression": ("rmse", "mae", "r2"),
        "binary": ("accuracy", "roc_auc", "log_loss", "f1"),
        "multiclass": ("accuracy", "roc_auc", "log_loss", "f1"),
    }
    resampling = item("preprocess.resampling", "none", "Rows are neither repeated nor left out.", "elor2022")
    return (
        item("task", task, "The target's values say so."),
        item("metric.primary", metric, "The usual figure for such a target.", by="default"),
        item("metric.report", report[task], "All that fit the task.", by="default"),
        item("split.kind", kind, "You named the column that rows belong to." if task == "binary" else "Nothing orders or groups the rows.", by="user" if task == "binary" else "default"),
        item("split.by", "person" if task == "binary" else "", "The named column.", by="user" if task == "binary" else "default"),
        item("split.folds", 5, "Up to 20,000 rows there is time for five.", by="default"),
        item("split.test_share", 0.2, "Large enough for a narrow interval.", by="default"),
        item("model.candidates", ("catboost", "lightgbm", "linear"), "Boosted trees lead on tables of this size.", "grinsztajn2022", "mcelfresh2023"),
        PlanItem("tune.strategy", "portfolio", ("holzmuller2024",), "rule", "Good defaults beat a short search.", (Overruled("tuned_defaults", "mcelfresh2023", "There is not enough time for a search."),)),
        resampling,
        item("preprocess.fit", "inside_folds", "What is learned on all rows leaks.", "kapoor2023"),
        item("preprocess.high_cardinality", "crossfit_target", "Many categories with few rows each.", "pargent2022"),
    )  # fmt: skip


CITATIONS = (
    Citation("grinsztajn2022", "Why do tree-based models still outperform deep learning on typical tabular data?", "L. Grinsztajn, E. Oyallon, G. Varoquaux", 2022, "https://arxiv.org/abs/2207.08815", "On 45 datasets of around 10,000 rows, tree ensembles scored above neural networks at every random-search budget, and the gap stayed wide after many iterations.", "Put gradient-boosted trees in the first wave of candidates; make any neural network earn its place against them on the same folds.", "benchmark", ("n_rows >= 1000", "n_rows <= 50000")),
    Citation("mcelfresh2023", "When Do Neural Nets Outperform Boosted Trees on Tabular Data?", "D. McElfresh and others", 2023, "https://arxiv.org/abs/2305.02997", "Across 19 algorithms and 176 datasets, nearly every algorithm was best somewhere and worst somewhere, and light tuning of a boosted tree often mattered more than choosing between networks and trees.", "Spend the first budget on a lightly tuned boosted tree plus one contrasting family.", "benchmark"),
    Citation("holzmuller2024", "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data", "D. Holzmueller, L. Grinsztajn, I. Steinwart", 2024, "https://arxiv.org/abs/2407.04491", "Defaults tuned on 118 meta-training datasets gave excellent results without any tuning when networks and trees were combined.", "With little time, ship tuned defaults of two families and blend them.", "benchmark", ("budget_s <= 600",)),
    Citation("kapoor2023", "Leakage and the reproducibility crisis in machine-learning-based science", "S. Kapoor, A. Narayanan", 2023, "https://doi.org/10.1016/j.patter.2023.100804", "Leakage affected at least 294 papers across 17 fields, and led to wildly optimistic conclusions in some of them.", "Learn every preparation inside the folds.", "systematic review"),
    Citation("elor2022", "To SMOTE, or not to SMOTE?", "Y. Elor, H. Averbuch-Elor", 2022, "https://arxiv.org/abs/2201.08528", "For strong classifiers balancing brought nothing once the threshold was tuned.", "Leave the rows as they are.", "benchmark", ("task == binary",)),
    Citation("pargent2022", "Regularized target encoding outperforms traditional methods", "F. Pargent, F. Pfisterer, J. Thomas, B. Bischl", 2022, "https://arxiv.org/abs/2104.00629", "Cross-fitted target encoding was best or close to it on 24 datasets with many categories.", "Encode such columns by cross-fitted means of the target.", "benchmark", ("max_cardinality >= 10",)),
)  # fmt: skip


def brief(task: Task) -> Brief:
    """Evidence and plan."""
    asked = OpenQuestion(
        "deployment_gap",
        "How long before the outcome is the prediction made?",
        "all columns are known at that moment",
        ("split.kind", "checks"),
    )
    return Brief(
        question(task),
        profile(task),
        task,
        CITATIONS,
        plan(task),
        (asked,),
        (("library", "bundled"),),
        "2026-01-15",
    )


def columns(task: Task) -> tuple[Column, ...]:
    """What the model takes."""
    made = []
    for name, role, missing in COLUMNS[task]:
        categories = (
            ("Beef Products", "Vegetables", "Baked Products", "Sweets", "Fast Foods", "Snacks")
            if role == "category"
            else ()
        )
        number = role == "number"
        made.append(
            Column(
                name,
                role,
                "number" if number else "boolean" if role == "boolean" else "string",
                nullable=missing > 0,
                minimum=0.0 if number else None,
                maximum=2_054.25 if number else None,
                categories=categories,
            )
        )
    return tuple(made)


def dataset(task: Task) -> Dataset:
    """The table, checked and split."""
    rows, test = ROWS[task], 4_038 if task == "binary" else 1_758
    removed = (
        (("without a target", 12), ("exact copies of an earlier row", 88)) if task == "regression" else ()
    )
    findings = (
        Finding("leaks", "severe", ("kilojoule",), "The column 'kilojoule' alone predicts the target with R² 0.9998; it will not be there when the model is used.", {"r2": 0.99983, "rows": 8_701}, "Left out.", "Is it known before the outcome?", leave_out=True, examples=({"__row__": 11, "kilojoule": 3_012.5, "energy_kcal": 720.0}, {"__row__": 402, "kilojoule": 418.4, "energy_kcal": 100.0})),
        Finding("duplicates", "warning", (), "88 rows are exact copies of an earlier one.", {"rows": 88, "share": 0.010012}, "Copies were set aside, so that none is learned from and tested on."),
        Finding("constants", "info", ("survey",), "One column has the same value in every row.", {"columns": 1}, "Left out."),
    ) if task == "regression" else ()  # fmt: skip
    split = Split(
        {"regression": "random", "binary": "group", "multiclass": "stratified"}[task],  # type: ignore[arg-type]
        "person" if task == "binary" else None,
        5,
        rolling=False,
        train_rows=rows - test - sum(count for _, count in removed),
        test_rows=test,
        why="A person comes back year after year; one who is learned from must not be tested on."
        if task == "binary"
        else "Nothing orders or groups the rows, so lots are fair.",
    )
    positive = "yes" if task == "binary" else None
    contract = Contract(TARGET[task], task, CLASSES[task], positive, columns(task))
    dropped = (
        (("person", "groups the rows"), ("kilojoule", "holds the answer")) if task != "multiclass" else ()
    )
    return Dataset(rows, removed, dropped, contract, findings, split, cards(task, dropped))


def cards(task: Task, dropped: tuple[tuple[str, str], ...]) -> tuple[ColumnCard, ...]:
    """A card of the target, of every column, and of what was left out."""
    rows = 4_000
    classes = CLASSES[task]
    target = ColumnCard(
        TARGET[task],
        "category" if classes else "number",
        rows,
        0,
        len(classes) or 912,
        () if classes else (0.0, 300.0, 600.0, 902.0),
        classes,
        (*(rows // len(classes) for _ in classes), 0) if classes else (1_500, 2_200, 300),
    )
    drawn = [target]
    for place, (name, role, missing) in enumerate(COLUMNS[task]):
        edges = tuple(float(edge) for edge in range(0, 170, 10)) if role in {"number", "text"} else ()
        names = () if edges else ("Beef Products", "Vegetables", "Baked Products", "Sweets")
        counts = tuple(rows // (step + 2) for step in range(len(edges) - 1 if edges else 5))
        drawn.append(
            ColumnCard(
                name, role, rows, int(missing * rows), 311, edges, names, counts, ("528", "12", "1.5"),
                round(0.61 / (place + 1), 4),
            )
        )  # fmt: skip
    drawn += [ColumnCard(name, "identifier", rows, 0, rows) for name, _ in dropped]
    return tuple(drawn)
