-- name: audit_insert
INSERT INTO audit (id, program_id, person_id, key_id, actor, role, action, object, object_name,
    before, after, address, created_at)
VALUES (:id, :program_id, :person_id, :key_id, :actor, :role, :action, :object, :object_name,
    :before, :after, :address, :created_at);

-- name: audit_list
-- Rows without a programme concern the installation: everybody who may read the log sees them.
SELECT id, program_id, person_id, key_id, actor, role, action, object, object_name, before, after,
    address, created_at
FROM audit
WHERE :program_id IS NULL OR program_id = :program_id OR program_id IS NULL;

-- name: audit_actions
SELECT DISTINCT action FROM audit
WHERE :program_id IS NULL OR program_id = :program_id OR program_id IS NULL
ORDER BY action;

-- name: audit_actors
SELECT DISTINCT actor FROM audit
WHERE :program_id IS NULL OR program_id = :program_id OR program_id IS NULL
ORDER BY actor;
