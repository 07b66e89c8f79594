CREATE TABLE IF NOT EXISTS study (uid text PRIMARY KEY, variant text NOT NULL);
