"""Pages of lists by an opaque cursor: stable while rows are added, and the same cost however deep."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    ordering = "-pk"
