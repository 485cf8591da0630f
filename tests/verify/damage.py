"""What damage is, and what can be done to carts, checkouts, orders and their discounts. The rest stands in
`test_rules`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Damage:
    """What somebody did to the tables, the check that sees it and what it says."""

    check: str
    says: str
    statements: tuple[str, ...]


CHECKOUTS = (
    Damage(
        "checkouts say how they ended",
        "checkout {paid} is not paid, its process is: paid",
        ("UPDATE checkouts SET paid = false WHERE id = '{paid}'",),
    ),
    Damage(
        "a cart is paid for once",
        "was paid for 2 times",
        (
            "DROP INDEX uq_checkouts_cart_paid",
            "UPDATE checkouts SET paid = true, cart_id = (SELECT cart_id FROM checkouts WHERE id = '{paid}') "
            "WHERE id = '{unpaid}'",
        ),
    ),
    Damage(
        "carts stand where their checkouts do",
        "is open, with 0 paid, 1 running",
        ("UPDATE carts SET status = 'open' WHERE id = (SELECT cart_id FROM checkouts WHERE id = '{open}')",),
    ),
    Damage(
        "carts stand where their checkouts do",
        "is open, with 1 paid, 0 running",
        ("UPDATE carts SET status = 'open' WHERE id = (SELECT cart_id FROM checkouts WHERE id = '{paid}')",),
    ),
    Damage(
        "a paid checkout is one order for each artisan, to the cent",
        "checkout {paid}: 2 orders for",
        (
            "DROP INDEX uq_orders_checkout_shop",
            "UPDATE orders SET shop_id = (SELECT shop_id FROM orders WHERE id = '{sent_order}')",
        ),
    ),
    Damage(
        "a paid checkout is one order for each artisan, to the cent",
        "checkout {paid}: 1 orders for",
        ("UPDATE orders SET fee_minor = fee_minor + 1 WHERE id = '{sent_order}'",),
    ),
    Damage(
        "orders have the lines that were paid for",
        "checkout {paid}: 2 pieces of {mug} were ordered, 2 paid for, or other prices",
        ("UPDATE order_lines SET unit_price_minor = 1 WHERE listing_id = '{mug}'",),
    ),
    Damage(
        "a commission's order sends its piece, and costs what sending it does",
        "(completed) sends 2 of com_",
        ("UPDATE order_lines SET quantity = 2 WHERE order_id = '{commission_order}'",),
    ),
    Damage(
        "a commission's order sends its piece, and costs what sending it does",
        "order {commission_order} of com_",
        ("UPDATE processes SET status = 'working' WHERE process = 'commission'",),
    ),
    Damage(
        "each order's money is held from its sale, or its commission's end, on",
        "order {commission_order}: its sale holds 0, due 800",
        ("UPDATE orders SET shipping_minor = 800, total_minor = 800 WHERE id = '{commission_order}'",),
    ),
    Damage(
        "who leaves a message of a commission unread was told of it",
        "since 5 days, and no mail was about it",
        ("UPDATE commission_messages SET created_at = now() - interval '5 days'",),
    ),
    Damage(
        "checkouts are the sum of their parts",
        "checkout {open} costs",
        ("UPDATE checkout_shops SET items_minor = items_minor + 1 WHERE checkout_id = '{open}'",),
    ),
    Damage(
        "each artisan's part costs what its lines do, less what came off",
        "checkout {open}: the pieces of {shop} cost 8640, their lines 8641",
        ("UPDATE checkout_lines SET discount_minor = discount_minor - 1 WHERE checkout_id = '{open}'",),
    ),
    Damage(
        "a fee is what its lines were charged by their rules",
        "checkout {open}: the fee of {shop} is 562, its lines were charged 563",
        ("UPDATE checkout_lines SET fee_minor = fee_minor + 1 WHERE checkout_id = '{open}'",),
    ),
    Damage(
        "orders cost what their lines do, less what came off",
        "order {sent_order}: its pieces cost 9600, their lines 9590",
        ("UPDATE order_lines SET discount_minor = 10 WHERE order_id = '{sent_order}'",),
    ),
    Damage(
        "codes are counted as often as they are used",
        "promotion pro_ten counts 2 uses, and has 1",
        ("UPDATE promotions SET used = used + 1",),
    ),
    Damage(
        "a code's use ends as its checkout does",
        "checkout {open} is placing, its use of pro_ten is freed",
        ("UPDATE promotion_uses SET state = 'freed'",),
    ),
    Damage(
        "payments end as their checkouts do",
        "checkout {unpaid} is expired, its payment of",
        ("UPDATE payments SET state = 'authorised' WHERE checkout_id = '{unpaid}'",),
    ),
    Damage(
        "payments end as their checkouts do",
        "checkout {paid} is paid, its payment of 0 is missing",
        ("DELETE FROM payments WHERE checkout_id = '{paid}'",),
    ),
)
