"""A news site of the CMS family, made up for demonstration and tests, served on loopback.

The truth about each article (``SampleArticle``) is kept apart from its markup, so that what a
crawl reads off the pages can be compared with it. Nothing here uses the crawler's own modules.
"""

from khotoot_crawler.demo.articles import Layout, Picture, SampleArticle
from khotoot_crawler.demo.catalogue import Catalogue, Gone
from khotoot_crawler.demo.server import SampleSite

__all__ = ["Catalogue", "Gone", "Layout", "Picture", "SampleArticle", "SampleSite"]
