"""What the rules of the exam's day allow and forbid, and the documents they rest on."""

from ..facts import Facts
from ..words import Words


def _rules(facts: Facts, words: Words) -> list[str]:
    """The rule set of the exam's day with its sources, and the document under which the exam was held."""
    policy, texts = facts.meta["policy"], []
    rules, authority = policy.get("rules"), policy.get("authority")
    if rules:
        sources = [words("city.policy.document", **source) for source in rules["sources"]]
        documents = words("list.stop").join(sources)
        name = rules["name"][words.language]
        texts.append(words("city.policy.rules", name=name, since=rules["from"], documents=documents))
    if authority:
        texts.append(words("city.policy.authority", **authority))
    return texts


def rules_of_the_day(facts: Facts, words: Words) -> list[str]:
    """What the rules of the exam's day say."""
    texts = _rules(facts, words)
    for row in facts.rows("policy"):
        key = f"city.policy.{row.rule}.{row.state}"
        key = key if key in words else f"city.policy.{row.state}"
        texts.append(words(key, subject=row.subject, note=row.note, rule=row.rule))
    policy = facts.meta["policy"]
    reason = policy.get("reason", "")
    if reason:
        texts.append(words("city.policy.reason", reason=reason))
    return list(dict.fromkeys(texts)) or [words("city.policy.none")]
