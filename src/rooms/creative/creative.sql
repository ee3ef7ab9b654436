-- name: creative_insert
INSERT INTO creative (id, program_id, kind, name, description, text, subject, target_url, image_file, width, height,
    status, created_at, updated_at)
VALUES (:id, :program_id, :kind, :name, :description, :text, :subject, :target_url, :image_file, :width, :height,
    :status, :created_at, :updated_at);

-- name: creative_update
UPDATE creative
SET name = :name, description = :description, text = :text, subject = :subject, target_url = :target_url,
    image_file = :image_file, width = :width, height = :height, status = :status, updated_at = :updated_at
WHERE program_id = :program_id AND id = :id;

-- name: creative_one
SELECT id, program_id, kind, name, description, text, subject, target_url, image_file, width, height, status,
    created_at, updated_at
FROM creative
WHERE program_id = :program_id AND id = :id AND (:only_active = 0 OR status = 'active');

-- name: creative_list
SELECT id, program_id, kind, name, description, text, subject, target_url, image_file, width, height, status,
    created_at, updated_at
FROM creative
WHERE program_id = :program_id AND (:only_active = 0 OR status = 'active');

-- name: creative_media_put
INSERT INTO creative_media (file, bytes) VALUES (:file, :bytes) ON CONFLICT (file) DO NOTHING;

-- name: creative_media_of
SELECT bytes FROM creative_media WHERE file = :file;
