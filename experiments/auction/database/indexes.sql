-- After the data: filling tables that have indexes takes several times as long.
ALTER TABLE items ADD FOREIGN KEY (seller) REFERENCES users;
ALTER TABLE bids ADD PRIMARY KEY (id), ADD FOREIGN KEY (item) REFERENCES items;
ALTER TABLE comments ADD PRIMARY KEY (id), ADD FOREIGN KEY (to_user) REFERENCES users;
ALTER TABLE purchases ADD PRIMARY KEY (id), ADD FOREIGN KEY (item) REFERENCES items;
CREATE UNIQUE INDEX ON users (nickname);
CREATE INDEX ON items (category, end_date);
CREATE INDEX ON items (region, category, end_date);
CREATE INDEX ON items (seller);
CREATE INDEX ON bids (item);
CREATE INDEX ON bids (bidder);
CREATE INDEX ON comments (to_user);
CREATE INDEX ON purchases (buyer);
VACUUM ANALYZE;
CHECKPOINT;
