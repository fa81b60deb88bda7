"""``scrapy crawl``: as Scrapy's own, with arguments checked first and an exit code that tells."""

from __future__ import annotations

import argparse
import sys

from scrapy.commands import crawl
from scrapy.crawler import Crawler
from scrapy.spiders import Spider

from khotoot_crawler.errors import UsageError
from khotoot_crawler.exit_codes import EXIT_DEFECT, exit_code
from khotoot_crawler.stop_signals import hold_signals, pass_signals


class Command(crawl.Command):
    def long_desc(self) -> str:
        return "Archive a site: scrapy crawl khotoot; the README lists arguments and exit codes"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        # Not for every command.
        from khotoot_crawler.setting_checks import check_settings

        hold_signals()  # until a run can act on them
        assert self.settings is not None
        try:
            self._check_form(opts)  # Scrapy prints its usage, too, and does not say which it was
            super().process_options(args, opts)
            check_settings(self.settings)  # Scrapy is about to open its log
        except UsageError as error:
            print(f"scrapy crawl: {error}", file=sys.stderr)
            sys.exit(exit_code(error))
        if self.settings.get("KHOTOOT_LOG") == "json":
            from khotoot_crawler.logs import log_as_json

            log_as_json(self.settings)

    def _check_form(self, opts: argparse.Namespace) -> None:
        assert self.settings is not None
        for option, given in [*(("-s", s) for s in opts.set), *(("-a", a) for a in opts.spargs)]:
            name, equals, value = given.partition("=")
            if not (name and equals):
                raise UsageError(f"{option} {given}: takes NAME=VALUE")
            if option == "-s":
                try:
                    self.settings.set(name, value, priority="cmdline")
                except (ValueError, TypeError) as error:
                    raise UsageError(
                        f"-s {given}: not a value that {name} takes: {error}"
                    ) from error

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        # Not for every command.
        from khotoot_crawler.arguments import parse_arguments
        from khotoot_crawler.setting_checks import check_parts
        from khotoot_crawler.spiders.news import NewsSpider

        assert self.crawler_process is not None
        assert self.settings is not None
        try:
            spidercls = self._spider(args)
            if issubclass(spidercls, NewsSpider):
                parse_arguments(opts.spargs)
                check_parts(self.settings)
        except UsageError as error:
            print(f"scrapy crawl: {error}", file=sys.stderr)
            self.exitcode = exit_code(error)
            return
        if not issubclass(spidercls, NewsSpider):
            pass_signals()
        crawler = self._create_crawler(spidercls)
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        self.exitcode = EXIT_DEFECT if self.crawler_process.bootstrap_failed else _code(crawler)

    def _spider(self, args: list[str]) -> type[Spider]:
        assert self.crawler_process is not None
        loader = self.crawler_process.spider_loader
        if len(args) != 1 or args[0] not in loader.list():
            named = ", ".join(loader.list())
            raise UsageError(f"{' '.join(args) or 'nothing'}: takes one spider; there is {named}")
        return loader.load(args[0])


def _code(crawler: Crawler) -> int:
    from khotoot_crawler.run import Run  # not for every command

    run = crawler.get_extension(Run)
    if run is None:  # a spider of another kind
        return 0
    if run.exit_code is None:  # it never came to its end
        return run.signal_code or EXIT_DEFECT
    return run.exit_code
