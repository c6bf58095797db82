#include "config/precheck.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "config/as_user.h"
#include "config/endpoint.h"
#include "config/journal_folder.h"
#include "config/listening.h"
#include "config/schema.h"
#include "config/snapshot.h"
#include "config/socket_group.h"

/* The unit and tmpfiles.d make it, at the latest when the daemon starts. */
#define OWN_FOLDER "/run/verdict-milter"

/* --- what is looked at --- */

/* The lines that one look finds. */
struct look {
	const struct config *config;
	enum precheck_who who;
	const char *as; /* whom it is looked as instead; NULL: nobody */
	bool by_unit;   /* who is, by the unit, who starts it */
	/* What is not allowed here is not allowed to who starts it, either. */
	bool sure;
	bool asked; /* somebody was looked as */
	bool ours;  /* the port of `listen` is that of a running daemon */
	gid_t socket_gid;
	struct buf faults, warnings;
	struct buf unread; /* faults that the files are */
};

static void
end_line(struct buf *lines, size_t before)
{
	if (lines->n > before)
		buf_addc(lines, '\n');
}

/* Who becomes another user must be able to write there; a mail server of that
   group passes through it to the socket, which gets the group, too. */
static void
add_folder_command(const struct look *look, const char *keyword,
		   struct str path, struct buf *lines)
{
	const struct config *config = look->config;
	struct str user = look->as != NULL ? str_of(look->as) : config->user;
	size_t slash = str_rchr(path, '/');

	buf_adds(lines, " (install -d");
	if (user.n > 0)
		buf_printf(lines, " -o %.*s", STR_ARG(user));
	if (strcmp(keyword, "listen") == 0 && config->socket_group.n > 0)
		buf_printf(lines, " -g %.*s -m 2750",
			   STR_ARG(config->socket_group));
	buf_printf(lines, " %.*s)",
		   STR_ARG(str_first(path, slash > 0 ? slash : 1)));
}

/* precheck_cannot(), with whom it is looked as. */
static void
cannot(const struct look *look, const char *keyword, const char *verb,
       struct str name, int error, struct buf *lines)
{
	struct buf text;

	buf_init(&text, NULL);
	buf_add(&text, name);
	if (look->as != NULL)
		buf_printf(&text, " as user %s", look->as);
	precheck_cannot(keyword, verb, buf_str(&text), error, lines);
	/* Of the control socket the same is told again where it is made. */
	if (error == ENOENT && strcmp(keyword, PRECHECK_CONTROL) != 0)
		add_folder_command(look, keyword, name, lines);
	buf_clear(&text);
}

/* 0, or errno of the folder in which a file of that path is to be made. */
static int
folder_error(const struct look *look, struct str path)
{
	size_t slash = str_rchr(path, '/');
	char *folder = mem_copy(path.p, slash > 0 ? slash : 1);
	bool before = look->who != PRECHECK_START;
	struct stat status;
	int error = 0;

	if (stat(folder, &status) != 0)
		error = errno;
	else if (!S_ISDIR(status.st_mode))
		error = ENOTDIR;
	else if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0)
		error = errno;
	if (before && (error == ENOENT || error == EACCES) &&
	    strcmp(folder, OWN_FOLDER) == 0)
		error = 0;
	if (error == EACCES && !look->sure)
		error = 0;
	free(folder);
	return error;
}

static void
look_at_unix(const struct look *look, const char *keyword, struct str path,
	     struct buf *lines)
{
	struct sockaddr_un address;

	if (!precheck_unix(keyword, path, &address, lines))
		return;
	int error = folder_error(look, path);
	if (error != 0)
		cannot(look, keyword, "listen on", path, error, lines);
}

static void
look_at_group(const struct look *look, struct str path, struct buf *faults)
{
	const struct socket_group asked = {
	    .name = look->config->socket_group,
	    .gid = look->socket_gid,
	    .as = look->as,
	    .at_next_start = look->who == PRECHECK_RELOAD,
	};

	if (look->sure && look->who != PRECHECK_RELOAD_BY_ROOT)
		socket_group_check(&asked, path, faults);
}

/* 0, or errno of listening there; port 0: of the address alone. */
static int
bind_error(struct ip ip, uint16_t port)
{
	struct sockaddr_storage address;
	size_t n = ip_to_sockaddr(ip, port, &address);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = 0, on = 1;

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, (socklen_t)n) != 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	return error;
}

/* At the start the port is tried for good. */
static int
inet_error(const struct look *look, const struct endpoint *endpoint)
{
	bool address_alone = look->who == PRECHECK_START || look->ours;
	int error =
	    bind_error(endpoint->ip, address_alone ? 0 : endpoint->port);

	if (look->sure ||
	    /* It sees of itself what it has. */
	    (error == EADDRINUSE && look->who == PRECHECK_RELOAD_BY_ROOT))
		return error;
	return error == EACCES || error == EADDRINUSE ? 0 : error;
}

static void
look_at_listen(const struct look *look, struct buf *faults)
{
	struct str listen = look->config->listen;
	size_t before = faults->n;
	struct endpoint endpoint;
	int error = 0;

	if (!endpoint_parse(listen, &endpoint))
		return;
	if (endpoint.path.n > 0) {
		look_at_unix(look, "listen", endpoint.path, faults);
		if (faults->n == before)
			look_at_group(look, endpoint.path, faults);
	} else {
		error = inet_error(look, &endpoint);
	}
	if (error != 0)
		cannot(look, "listen", "listen on", listen, error, faults);
	end_line(faults, before);
}

static void
look_at_control(const struct look *look, struct buf *warnings)
{
	struct str path = look->config->control_socket;
	size_t before = warnings->n;

	if (path.n > 0)
		look_at_unix(look, PRECHECK_CONTROL, path, warnings);
	if (warnings->n > before)
		buf_adds(warnings, PRECHECK_WITHOUT "\n");
}

/* Its owner depends on who starts, so that is looked at there. */
static void
look_at_pid_file(const struct look *look, struct buf *faults)
{
	struct str named = look->config->pid_file;
	size_t before = faults->n;
	struct stat status;

	if (named.n == 0)
		return;
	char *path = mem_copy(named.p, named.n);
	int error = folder_error(look, named);
	if (error != 0)
		cannot(look, "pid-file", "open", named, error, faults);
	else if (lstat(path, &status) == 0 &&
		 (!S_ISREG(status.st_mode) || status.st_nlink != 1))
		buf_printf(faults,
			   "pid-file: %s is no plain file, or has another name "
			   "too; remove it or choose another name",
			   path);
	end_line(faults, before);
	free(path);
}

/* Only root becomes another user; whoever starts it may be root. */
static void
look_at_rights(struct look *look, const struct run_as *run_as)
{
	if (look->who == PRECHECK_START && geteuid() != 0 &&
	    (run_as->uid != geteuid() || run_as->gid != getegid()))
		buf_adds(&look->faults,
			 "user, group: only root can become another user; "
			 "start as root or leave them out\n");
}

/* --- as whom it becomes --- */

static void
add_line(void *lines, struct str line)
{
	buf_add(lines, line);
	buf_addc(lines, '\n');
}

/* Root could read all.  A file elsewhere may be a draft, of root alone. */
static void
look_at_files(const struct look *look, bool draft, struct buf *lines)
{
	const char *path = snapshot_of(look->config)->path;
	bool is_draft = path != NULL && strcmp(path, CONFIG_FILE) != 0 &&
			faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0;
	struct config *again;
	struct config_error *error = mem_alloc(sizeof *error);

	if (path != NULL && is_draft == draft) {
		if (config_load(path, &again, error) == ERR_OK)
			config_unref(again);
		else
			config_each_error(error, add_line, lines);
	}
	free(error);
}

static void
faults_as_user(void *ctx, struct buf *lines)
{
	const struct look *look = ctx;

	if (look->by_unit) {
		look_at_listen(look, lines);
		look_at_pid_file(look, lines);
	}
}

static void
files_as_user(void *ctx, struct buf *lines)
{
	look_at_files(ctx, false, lines);
}

static void
warnings_as_user(void *ctx, struct buf *lines)
{
	const struct look *look = ctx;

	if (look->by_unit)
		look_at_control(look, lines);
	journal_folder_look(look->config, look->as, look->sure, lines);
	look_at_files(look, true, lines);
}

/* True: also what is not of files has been looked at. */
static bool
look_as_user(struct look *look, const struct run_as *run_as)
{
	struct run_as unit = {.user = NULL};

	if (look->who != PRECHECK_BEFORE || geteuid() != 0)
		return false;
	look->by_unit = run_as_of_unit(look->config, &unit);
	const struct run_as *user = look->by_unit ? &unit : run_as;
	if (user->user != NULL && user->uid != 0) {
		look->as = user->user;
		look->asked = true;
		as_user(user, files_as_user, look, &look->unread);
		as_user(user, faults_as_user, look, &look->faults);
		as_user(user, warnings_as_user, look, &look->warnings);
		look->as = NULL;
	}
	run_as_clear(&unit);
	return look->by_unit;
}

/* --- the whole --- */

/* Where the file says what the line begins with. */
static struct config_place
place_of(const struct snapshot *s, struct str line)
{
	size_t end = 0;

	while (end < line.n && line.p[end] != ':' && line.p[end] != ',')
		end++;
	const struct config_key *key =
	    schema_find(str_empty(), str_first(line, end));
	return key != NULL && s->path != NULL ? s->place[key - config_schema]
					      : (struct config_place){0, 0};
}

static void
tell_lines(const struct look *look, const struct buf *lines, bool fatal,
	   void (*tell)(void *ctx, bool fatal, struct str line), void *ctx)
{
	const struct snapshot *s = snapshot_of(look->config);
	struct str rest = buf_str(lines), line;
	struct buf text;

	buf_init(&text, NULL);
	while (str_split(&rest, '\n', &line)) {
		if (line.n == 0)
			continue;
		struct config_place place = place_of(s, line);
		buf_reset(&text);
		if (fatal && place.line > 0)
			buf_printf(&text, "%s:%zu: ", s->path, place.line);
		buf_add(&text, line);
		tell(ctx, fatal, buf_str(&text));
	}
	buf_clear(&text);
}

/* What root may do is not what others may, who cannot know it. */
static bool
is_sure(enum precheck_who who)
{
	return geteuid() == 0 || who == PRECHECK_START ||
	       who == PRECHECK_RELOAD;
}

static bool
is_ours(const struct look *look)
{
	struct endpoint endpoint;

	return look->who != PRECHECK_START &&
	       endpoint_parse(look->config->listen, &endpoint) &&
	       endpoint.ip.family != IP_NONE &&
	       listening_is_ours(endpoint.ip, endpoint.port,
				 look->who != PRECHECK_BEFORE);
}

static enum precheck_found
find(struct look *look, struct run_as *run_as)
{
	look->ours = is_ours(look);
	if (run_as_find(look->config, run_as, &look->faults))
		look_at_rights(look, run_as);
	look->socket_gid = run_as->socket_gid;
	if (!look_as_user(look, run_as)) {
		look_at_listen(look, &look->faults);
		look_at_control(look, &look->warnings);
		look_at_pid_file(look, &look->faults);
	}
	/* Who starts it finds out by itself, as who it becomes. */
	if (!look->asked && look->who != PRECHECK_START)
		journal_folder_look(look->config, NULL, look->sure,
				    &look->warnings);
	if (look->unread.n > 0)
		return PRECHECK_FILE;
	return look->faults.n > 0 ? PRECHECK_HOST : PRECHECK_FINE;
}

enum precheck_found
precheck(const struct config *config, enum precheck_who who,
	 struct run_as *run_as_out,
	 void (*tell)(void *ctx, bool fatal, struct str line), void *ctx)
{
	struct look look = {.config = config, .who = who, .sure = is_sure(who)};
	struct run_as run_as = {.user = NULL};

	buf_init(&look.faults, NULL);
	buf_init(&look.warnings, NULL);
	buf_init(&look.unread, NULL);
	enum precheck_found found = find(&look, &run_as);
	tell_lines(&look, &look.unread, true, tell, ctx);
	tell_lines(&look, &look.faults, true, tell, ctx);
	if (who != PRECHECK_START || found != PRECHECK_FINE)
		tell_lines(&look, &look.warnings, false, tell, ctx);
	buf_clear(&look.faults);
	buf_clear(&look.warnings);
	buf_clear(&look.unread);
	if (found == PRECHECK_FINE && run_as_out != NULL)
		*run_as_out = run_as;
	else
		run_as_clear(&run_as);
	return found;
}
