"""Archive Persian news sites of the Iransamaneh CMS, khootoot.ir first."""

__version__ = "0.1.0"
