-- 0005_view.sql - what is looked up before anything is derived.
CREATE INDEX link_of_object ON link (object, reference);   -- may this party see the object, by a reference on it?
CREATE INDEX resource_of_kind ON resource (kind, id);      -- the departures that there are
CREATE INDEX assoc_one_sided ON assoc (child, occurred_us, event_id, parent) WHERE cover = 2; -- only the parent's side
