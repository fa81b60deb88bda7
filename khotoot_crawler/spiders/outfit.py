"""What a spider is given by the settings: its name on the wire, its ledger, its pace."""

from __future__ import annotations

from pathlib import Path

from scrapy.settings import BaseSettings

from khotoot_crawler import __version__
from khotoot_crawler.archive.writer import WarcWriter
from khotoot_crawler.last_reading import LastReading
from khotoot_crawler.ledger import Ledger
from khotoot_crawler.pace import Pace, Patience
from khotoot_crawler.recheck import DAY, HOUR, RecheckPolicy
from khotoot_crawler.urls import Site


def user_agent(settings: BaseSettings) -> str:
    """Return the name of the project, its version and whom to ask."""
    contact = str(settings.get("KHOTOOT_CONTACT") or "").strip()
    return f"khotoot-crawler/{__version__} (news archive{'; ' + contact if contact else ''})"


def make_pace(settings: BaseSettings) -> Pace:
    """Return the pace that the settings ask for."""
    patience = Patience(
        backoff=settings.getfloat("KHOTOOT_PATIENCE_BACKOFF"),
        failures=settings.getint("KHOTOOT_PATIENCE_FAILURES"),
        pause=settings.getfloat("KHOTOOT_PATIENCE_PAUSE"),
    )
    delay, jitter = settings.getfloat("DOWNLOAD_DELAY"), settings.getfloat("KHOTOOT_DELAY_JITTER")
    return Pace(delay, jitter, patience)


def make_ledger(spider_name: str, site: Site, settings: BaseSettings) -> Ledger:
    """Return the ledger of the output folder; nothing is written before it is opened."""
    folder = Path(settings["KHOTOOT_OUTPUT"])
    warcinfo = {
        "software": f"khotoot-crawler/{__version__}",
        "robots": "obey" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
        "isPartOf": site.name,
        "operator": settings.get("KHOTOOT_CONTACT") or "not named",
        "http-header-user-agent": settings["USER_AGENT"],
    }
    return Ledger(
        folder,
        site=site,
        writer=WarcWriter(folder / "warc", prefix=spider_name, warcinfo=warcinfo),
        recheck=recheck_policy(settings),
        min_free=settings.getint("KHOTOOT_MIN_FREE"),
        read_again=LastReading(folder).digest,
    )


def recheck_policy(settings: BaseSettings) -> RecheckPolicy:
    """Return when known articles are due again."""
    return RecheckPolicy(
        least=int(settings.getfloat("KHOTOOT_RECHECK_HOURS") * HOUR),
        fraction=settings.getfloat("KHOTOOT_RECHECK_FRACTION"),
        young=int(settings.getfloat("KHOTOOT_RECHECK_YOUNG_DAYS") * DAY),
        old_every=int(settings.getfloat("KHOTOOT_RECHECK_OLD_DAYS") * DAY),
    )
