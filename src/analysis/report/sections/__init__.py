"""Which sections a report has, in the order in which they are shown.

Key → name of the module here and of the template. A module has `view(facts, words) -> dict` and
`TABLES`, the dossier tables behind the section, main one first. Where an exam has one school only, some sections of
its report have another module, which gives the same template what can be said inside one school.
"""

SECTIONS: dict[str, dict[str, str]] = {
    "school": {
        "cover": "school_cover",
        "summary": "school_summary",
        "data": "school_data",
        "start": "school_start",
        "progress": "school_progress",
        "achievement": "school_achievement",
        "classes": "school_classes",
        "items": "school_items",
        "growth": "school_growth",
        "trend": "school_trend",
        "advice": "school_advice",
        "appendix": "school_appendix",
    },
    "city": {
        "cover": "city_cover",
        "summary": "city_summary",
        "data": "city_data",
        "start": "city_start",
        "progress": "city_progress",
        "achievement": "city_achievement",
        "quadrant": "city_quadrant",
        "subjects": "city_subjects",
        "equity": "city_equity",
        "tiers": "city_tiers",
        "supervision": "city_supervision",
        "decline": "city_decline",
        "awards": "city_awards",
        "benchmark": "city_benchmark",
        "growth": "city_growth",
        "advice": "city_advice",
        "trust": "city_trust",
        "appendix": "city_appendix",
    },
}

ONE_SCHOOL = {
    "summary": "one_summary",
    "start": "one_start",
    "progress": "one_progress",
    "achievement": "one_achievement",
}
