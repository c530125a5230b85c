"""The product's addresses and the styleguide."""

from config.urls import handler400, handler403, handler404, handler500  # noqa: F401
from config.urls import urlpatterns as product
from tests.pages.styleguide import urlpatterns as styleguide

urlpatterns = [*product, *styleguide]
