"""How screening lists are kept up to date."""

from config.settings.environment import number, words

# A list that loses more of its entries than this is refused until a person accepts it.
LISTS_SHRINK_PERCENT = number("ENTENTE_LISTS_SHRINK_PERCENT", 10)
# Beginnings of addresses that lists may be fetched from besides those of https, e.g. a mirror in the same house.
LISTS_FETCH_FROM = words("ENTENTE_LISTS_FETCH_FROM")
LISTS_LARGEST_MB = number("ENTENTE_LISTS_LARGEST_MB", 512)
LISTS_TIMEOUT_SECONDS = number("ENTENTE_LISTS_TIMEOUT_SECONDS", 240)  # for all files of a list together
