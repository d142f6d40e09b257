-- How many rows there are, one line a table; `diecast run` keeps it in the guest's stdout.log.
SELECT 'users: ' || count(*) FROM users;
SELECT 'items: ' || count(*) FROM items;
SELECT 'bids: ' || count(*) FROM bids;
SELECT 'comments: ' || count(*) FROM comments;
SELECT 'purchases: ' || count(*) FROM purchases;
