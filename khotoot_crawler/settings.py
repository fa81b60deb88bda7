"""What differs from Scrapy's defaults, each with its reason."""

from __future__ import annotations

BOT_NAME = "khotoot-crawler"
SPIDER_MODULES = ["khotoot_crawler.spiders"]
NEWSPIDER_MODULE = "khotoot_crawler.spiders"
COMMANDS_MODULE = "khotoot_crawler.commands"

# Ours; see the README for each.
KHOTOOT_OUTPUT = "output"
KHOTOOT_CONTACT = ""
KHOTOOT_MIN_FREE = 100_000_000
# Failures in a row after which everything pauses for so many seconds, then one page is tried;
# and the first pause, in seconds, after a 429 or 503 that names none (doubled each time).
KHOTOOT_PATIENCE_FAILURES = 10
KHOTOOT_PATIENCE_PAUSE = 30.0
KHOTOOT_PATIENCE_BACKOFF = 0.25
KHOTOOT_LOG = "text"
KHOTOOT_PROGRESS = True
KHOTOOT_REQUISITES = "all"
# When a known article is due again: after this fraction of its age, but not sooner than so many
# hours, while it is younger than so many days; then every so many days.
KHOTOOT_RECHECK_FRACTION = 0.2
KHOTOOT_RECHECK_HOURS = 1.0
KHOTOOT_RECHECK_YOUNG_DAYS = 30.0
KHOTOOT_RECHECK_OLD_DAYS = 180.0

# A quarter of a page's time went into the default event loop (565 pages/s against 433).
ASYNCIO_EVENT_LOOP = "uvloop.Loop"
# Twisted between asyncio and us costs a tenth of a page's time, and nothing here needs it.
TWISTED_REACTOR_ENABLED = False

# The archive sees every exchange as it was on the wire.
DOWNLOAD_HANDLERS = {
    "http": "khotoot_crawler.capture.CaptureDownloadHandler",
    "https": "khotoot_crawler.capture.CaptureDownloadHandler",
    "ftp": None,
    "file": None,
    "data": None,
    "s3": None,
}
DOWNLOAD_MAXSIZE = 64_000_000
DOWNLOAD_TIMEOUT = 30  # also the longest that a stopped run waits for what is in flight
RETRY_TIMES = 8
ITEM_PIPELINES = {
    "pipelines.warc.WarcPipeline": 100,
    "pipelines.dedupe.DedupePipeline": 200,
    "pipelines.jsonl.JsonlPipeline": 300,
}
# Of Scrapy's own components only these: what is merely switched off (cookies, remote control) is
# imported all the same, which took a quarter of the start.
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.feedexport.FeedExporter": 0,
}
EXTENSIONS = {
    "khotoot_crawler.run.Run": 0,
    "khotoot_crawler.crawl_progress.CrawlProgress": 10,  # tells more than Scrapy's LogStats
}
REMOTE_CONTROL_ENABLED = False  # on by default: a crawl by cron opens no port
LOG_FORMATTER = "khotoot_crawler.logs.LineFormatter"
LOG_LEVEL = "INFO"
LOG_VERSIONS: list[str] = []  # a cron log of twenty lines a run is read, one of fifty is not

ROBOTSTXT_OBEY = True
# One small site on one server: a page a second, one connection. Jitter only upwards, so that
# the delay is never undercut (Scrapy's own would go down to half).
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0
KHOTOOT_DELAY_JITTER = 0.5  # of the delay, at most, on top of it
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_REQUESTS = 16
CONCURRENT_ITEMS = 1  # tasks made for each response; a page yields one item
# The default keeps a queue for each host, and counts what each host is asked: 1% of a page's CPU.
SCHEDULER_PRIORITY_QUEUE = "scrapy.pqueues.ScrapyPriorityQueue"
WARN_ON_GENERATOR_RETURN_VALUE = False  # looked for at each callback: 1% of a page's CPU

# No offsite (the spider owns its links), retry (ours waits), redirects (they are answers), cookies
# (an archive has no session), download timeout (capture keeps it), statistics (the run's summary
# has its own; these take 1.2% of a page's CPU).
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
}
DOWNLOADER_MIDDLEWARES = {
    "khotoot_crawler.robots_middleware.RobotsMiddleware": 100,  # keeps RFC 9309
    "khotoot_crawler.patience_middleware.PatienceMiddleware": 550,
    "khotoot_crawler.decoding.DecodingMiddleware": 590,
}
# The spider reads every status, follows nothing by itself and sends no referrer.
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "fa,en;q=0.5",
    # Scrapy would ask for br and zstd too: readers of WARC files stumble over those.
    "Accept-Encoding": "gzip, deflate",
}
