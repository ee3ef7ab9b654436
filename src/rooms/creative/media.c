/* Images of creatives: kept in the data folder under the hash of their bytes, shown to anybody. */
#include "rooms/creative/creative_inside.h"

#include "base/files.h"
#include "base/log.h"
#include "base/secret.h"
#include "http/client.h"
#include "rooms/creative/creative.sql.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const struct err IMAGE_AWAY = { ERR_INVALID, "image_unreachable",
    N_("The picture could not be fetched from there. Upload the file instead."), "image_url" };
static const struct err NO_PLACE = { ERR_BUSY, "media_unwritable",
    N_("The picture could not be kept: the disk refuses it. Please try again later."), NULL };

/* ---- keeping
 * ----------------------------------------------------------------------------------------------------
 */

static const char *media_path(struct request *rq, str file)
{
    return str_printf(rq->arena, "%s/media/%" PRI_STR, rq->app->data_dir, STR_ARG(file)).at;
}

static bool write_whole(const struct files *f, const char *path, str bytes)
{
    int fd = f->open(f->state, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    size_t done = 0;
    while (done < bytes.len) {
        ssize_t wrote = f->pwrite(f->state, fd, bytes.at + done, bytes.len - done, (off_t)done);
        if (wrote <= 0)
            break;
        done += (size_t)wrote;
    }
    bool is_safe = done == bytes.len && f->datasync(f->state, fd) == 0;
    f->close(f->state, fd);
    return is_safe;
}

/* Under another name first, so that a half-written file is never found. */
static bool keep(struct request *rq, str file, str bytes)
{
    const struct files *f = rq->env->files;
    const char *folder = str_printf(rq->arena, "%s/media", rq->app->data_dir).at;
    const char *path = media_path(rq, file);
    const char *part = str_printf(rq->arena, "%s.%lld.part", path, (long long)id_new(rq->env)).at;
    mkdir(folder, 0700);
    bool is_kept = write_whole(f, part, bytes) && f->rename(f->state, part, path) == 0 &&
                   f->sync_directory(f->state, folder) == 0;
    if (!is_kept) {
        log_line(LOG_ERROR, "media could not be kept file=%s error=\"%s\"", path, strerror(errno));
        f->unlink(f->state, part);
    }
    return is_kept;
}

/* The store has every picture, so that other nodes and copies of the store have it too; the folder
 * spares asking it. */
struct media {
    str file, bytes;
};
static const struct field media_list[] = { FIELD(media, file), FIELD(media, bytes) };
static const struct fields media_fields = FIELDS(media_list, media);

static err put_media(struct db *db, void *arg)
{
    const struct media *m = arg;
    return db_run(db, &CREATIVE_MEDIA_PUT,
        PARAMS(P("file", m->file), param_bytes("bytes", m->bytes.at, m->bytes.len)), NULL, NULL,
        NULL);
}

/* Kept by another node. */
static bool bring(struct request *rq, str file)
{
    struct media m = { 0 };
    bool found = false;
    err failed = db_one(
        rq->db, &CREATIVE_MEDIA_OF, PARAMS(P("file", file)), &media_fields, &m, &found);
    return !failed && found && keep(rq, file, m.bytes);
}

err media_keep(struct request *rq, str bytes, struct creative *c)
{
    const char *kind = creative_image_kind(bytes, &c->width, &c->height);
    if (!kind || bytes.len > IMAGE_BYTES_MOST)
        return request_problem(rq, "image", &CREATIVE_IMAGE);
    str hash = str_first(secret_hash(rq->arena, bytes), 32);
    c->image_file = str_printf(rq->arena, "%" PRI_STR ".%s", STR_ARG(hash), kind);
    struct media m = { .file = c->image_file, .bytes = bytes };
    TRY(store_write(rq->store, put_media, &m));
    return keep(rq, c->image_file, bytes) ? NULL : &NO_PLACE;
}

err media_fetch(struct request *rq, str url, struct creative *c)
{
    const struct client_request ask = {
        .url = url, .total_ms = 8000, .answer_max = IMAGE_BYTES_MOST, .redirects_max = 3
    };
    struct client_answer answer;
    err failed = client_send(rq->arena, rq->env, &ask, &answer);
    if (failed || answer.status != 200 || answer.is_cut)
        return request_problem(rq, "image_url", &IMAGE_AWAY);
    return media_keep(rq, answer.body, c);
}

/* ---- showing
 * ----------------------------------------------------------------------------------------------------
 */

static bool is_media_name(str file)
{
    if (file.len < 36 || file.len > 37 || file.at[32] != '.')
        return false;
    for (size_t i = 0; i < 32; i++)
        if (!strchr("0123456789abcdef", file.at[i]))
            return false;
    return true;
}

static const char *type_of(str file)
{
    static const struct {
        const char *ending, *type;
    } types[] = { { ".png", "image/png" }, { ".jpg", "image/jpeg" }, { ".gif", "image/gif" },
        { ".webp", "image/webp" } };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (str_ends(file, str_of(types[i].ending)))
            return types[i].type;
    return NULL;
}

err media_show(struct request *rq, struct reply *rp)
{
    const struct files *f = rq->env->files;
    str file = request_param(rq, "file");
    const char *type = is_media_name(file) ? type_of(file) : NULL;
    int fd = type ? f->open(f->state, media_path(rq, file), O_RDONLY | O_CLOEXEC, 0) : -1;
    if (fd < 0 && type && bring(rq, file))
        fd = f->open(f->state, media_path(rq, file), O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return &CREATIVE_NOT_FOUND;
    off_t size = f->size(f->state, fd);
    size_t room = size > 0 && size <= IMAGE_BYTES_MOST ? (size_t)size : 0;
    char *bytes = arena_alloc(rq->arena, room + 1);
    ssize_t got = f->pread(f->state, fd, bytes, room, 0);
    f->close(f->state, fd);
    if (got < 0 || (size_t)got != room)
        return &CREATIVE_NOT_FOUND;
    reply_header(rp, "Cache-Control", STR("public, max-age=31536000, immutable"));
    return reply_bytes(rp, type, (str){ bytes, room });
}
