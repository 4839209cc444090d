"""How entries spell what they show: dates, names, titles, facts in lines of their own, rows."""
