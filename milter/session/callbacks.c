#include "milter/session/callbacks.h"

#include <libmilter/mfapi.h>

#include "milter/mta/mta.h"
#include "milter/session/lookup.h"
#include "milter/session/session.h"

#define ACTIONS_NEEDED (SMFIF_ADDHDRS | SMFIF_CHGHDRS)
#define ACTIONS_WANTED (SMFIF_QUARANTINE | SMFIF_SETSYMLIST)

/* libmilter hands no context of ours to a new connection. */
static struct server *the_server;

/*
 * Reply-free callbacks save a round trip a command.  Postfix keeps back what
 * needs no reply and hands it over in pieces of 64 kB, the last command of a
 * piece by half: that holds no thread (stream.h).
 * SMFIP_NR_BODY excludes SMFIP_SKIP: that would save 0.17 ms a megabyte of
 * unsigned mail, the round trip costs every message 0.02 ms and more.
 * Who is turned away is told at connect, and waits for that.
 */
static unsigned long
choose_protocol(unsigned long offered, bool admitted)
{
	unsigned long connect = admitted ? SMFIP_NR_CONN : 0;

	return offered &
	       (connect | SMFIP_HDR_LEADSPC | SMFIP_NOUNKNOWN | SMFIP_NODATA |
		SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR |
		SMFIP_NR_EOH | SMFIP_NR_BODY);
}

/* Older mail servers send what their own configuration names. */
static void
ask_macros(SMFICTX *ctx)
{
	char connect[] = "j _ {client_addr} {client_name} {client_ptr} "
			 "{client_resolve} {daemon_name} v";
	char mail[] = "i {auth_authen} {auth_type} {mail_addr}";
	char rcpt[] = "{rcpt_addr}";
	char eom[] = "i";

	smfi_setsymlist(ctx, SMFIM_CONNECT, connect);
	smfi_setsymlist(ctx, SMFIM_ENVFROM, mail);
	smfi_setsymlist(ctx, SMFIM_ENVRCPT, rcpt);
	smfi_setsymlist(ctx, SMFIM_EOM, eom);
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
	     unsigned long f3, unsigned long *pf0, unsigned long *pf1,
	     unsigned long *pf2, unsigned long *pf3)
{
	(void)f2;
	(void)f3;
	session_free(smfi_getpriv(ctx));
	struct session *session = session_new(the_server, mta_is_filtered());
	smfi_setpriv(ctx, session);
	session->protocol = choose_protocol(f1, session->admitted);
	*pf0 = ACTIONS_NEEDED | (f0 & ACTIONS_WANTED);
	*pf1 = session->protocol;
	*pf2 = *pf3 = 0;
	if (f0 & SMFIF_SETSYMLIST)
		ask_macros(ctx);
	return SMFIS_CONTINUE;
}

/* What a callback returns when all is well. */
static sfsistat
go_on(const struct session *session, unsigned long reply_free)
{
	return session->protocol & reply_free ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static enum iprev_result
lookup_of(SMFICTX *ctx, const char *name)
{
	const char *resolve = smfi_getsymval(ctx, (char[]){"{client_resolve}"});
	const char *version = smfi_getsymval(ctx, (char[]){"v"});

	return lookup_result(str_of(name), str_of(resolve), str_of(version));
}

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_mailserver(session, str_of(smfi_getsymval(ctx, (char[]){"j"})),
			   str_of(smfi_getsymval(ctx, (char[]){"v"})));
	if (!session_connect(session, str_of(name), lookup_of(ctx, name),
			     address))
		return SMFIS_TEMPFAIL;
	return go_on(session, SMFIP_NR_CONN);
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_helo(session, str_of(name));
	return go_on(session, SMFIP_NR_HELO);
}

static sfsistat
on_mail(SMFICTX *ctx, char **arguments)
{
	struct session *session = smfi_getpriv(ctx);
	const char *login = smfi_getsymval(ctx, (char[]){"{auth_authen}"});

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_mail(session, str_of(arguments[0]),
		     login != NULL && login[0] != '\0');
	return go_on(session, SMFIP_NR_MAIL);
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **arguments)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_rcpt(session, str_of(arguments[0]),
		     str_of(smfi_getsymval(ctx, (char[]){"{rcpt_addr}"})));
	return go_on(session, SMFIP_NR_RCPT);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_header(session, str_of(name), str_of(value));
	return go_on(session, SMFIP_NR_HDR);
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_eoh(session);
	return go_on(session, SMFIP_NR_EOH);
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *p, size_t n)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session_body(session, (const char *)p, n);
	return go_on(session, SMFIP_NR_BODY);
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	return session == NULL ? SMFIS_TEMPFAIL : session_eom(session, ctx);
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session != NULL)
		session_end_message(session);
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	session_free(smfi_getpriv(ctx));
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

bool
callbacks_register(struct server *server)
{
	static char name[] = "verdict-milter";
	struct smfiDesc table = {
	    .xxfi_name = name,
	    .xxfi_version = SMFI_VERSION,
	    .xxfi_flags = ACTIONS_NEEDED,
	    .xxfi_negotiate = on_negotiate,
	    .xxfi_connect = on_connect,
	    .xxfi_helo = on_helo,
	    .xxfi_envfrom = on_mail,
	    .xxfi_envrcpt = on_rcpt,
	    .xxfi_header = on_header,
	    .xxfi_eoh = on_eoh,
	    .xxfi_body = on_body,
	    .xxfi_eom = on_eom,
	    .xxfi_abort = on_abort,
	    .xxfi_close = on_close,
	};

	the_server = server;
	return smfi_register(table) == MI_SUCCESS;
}
