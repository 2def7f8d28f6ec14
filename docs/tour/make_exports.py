"""Writes the exports of the tour: a made-up shop's Segment events, Stripe payments and Meta ads.

    cwm run shop.ron --arms-only --record events.jsonl && python3 make_exports.py events.jsonl

Nobody in them exists: `cwm` drew what they do, and this only puts it into the columns of the tools. CC0.
"""

import csv, gzip, io, json, sys

events = [json.loads(line) for line in open(sys.argv[1])]
channel = {e["user"]: e["channel"] for e in events if e["kind"] == "acquired"}
names = {user: f"u{place}" for place, user in enumerate(sorted(channel), 1)}
met, lines, payments, days = set(), [], [], {}
for place, e in enumerate(events):
    user, day = names[e["user"]], e["at"][:10]
    common = {"messageId": f"m{place}", "timestamp": e["at"], "userId": user}
    if e["kind"] == "session_start":
        context = {}
        if channel[e["user"]] == "search" and user not in met:
            context = {"campaign": {"source": "facebook", "medium": "paid_social", "name": "Prospecting"}}
        met.add(user)
        days.setdefault(day, 0)
        lines.append({"type": "page", **common, "context": context, "properties": {"path": "/"}})
    elif e["kind"] == "content":
        lines.append({"type": "track", **common, "event": "Item Viewed", "properties": {"content": e["item"]}})
    elif e["kind"] == "charge":
        minor = e["amount_minor"]
        payments.append([f"ch_{place}", e["at"].replace("T", " ").rstrip("Z"), f"{minor // 100}.{minor % 100:02}", "0.00", "usd", "Paid", user])


def packed(name, text):
    with open(name, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as out:
        out.write(text.encode())


packed("segment.jsonl.gz", "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
table = io.StringIO()
out = csv.writer(table, lineterminator="\n")
out.writerow(["id", "Created date (UTC)", "Amount", "Amount Refunded", "Currency", "Status", "user_id (metadata)"])
out.writerows(payments)
packed("payments.csv.gz", table.getvalue())
with open("ads.csv", "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["Reporting starts", "Reporting ends", "Campaign name", "Campaign ID", "Day", "Amount spent (USD)"])
    out.writerows([day, day, "Prospecting", "1201", day, "60.00"] for day in sorted(days))
