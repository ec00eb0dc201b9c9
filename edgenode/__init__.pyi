# The types of the lazy building blocks. A stub, not `if TYPE_CHECKING` in __init__.py: the import
# contracts count hidden imports too, and `import edgenode` must stay light.
from edgenode.core.market.book import OrderBook as OrderBook
from edgenode.wire.verifier import Verifier as Verifier

__all__ = ["OrderBook", "Verifier", "__version__"]
__version__: str
RELEASED: str
_EXPORTS: dict[str, str]
