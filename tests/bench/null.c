/*
 * null SOCKET: a milter that reads everything, wants no reply to be waited for
 * and accepts.  What it costs is what libmilter and the kernel cost: the floor
 * under every milter that sees the whole message.
 */
#include <stdio.h>

#include <mfapi.h>

#define REPLY_FREE                                                       \
	(SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | \
	 SMFIP_NR_DATA | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY)

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
	     unsigned long f3, unsigned long *pf0, unsigned long *pf1,
	     unsigned long *pf2, unsigned long *pf3)
{
	(void)ctx;
	(void)f0;
	(void)f2;
	(void)f3;
	*pf0 = *pf2 = *pf3 = 0;
	*pf1 = f1 & (REPLY_FREE | SMFIP_HDR_LEADSPC);
	return (f1 & REPLY_FREE) == REPLY_FREE ? SMFIS_CONTINUE : SMFIS_REJECT;
}

static sfsistat
on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address)
{
	(void)ctx;
	(void)host;
	(void)address;
	return SMFIS_NOREPLY;
}

static sfsistat
on_text(SMFICTX *ctx, char *text)
{
	(void)ctx;
	(void)text;
	return SMFIS_NOREPLY;
}

static sfsistat
on_path(SMFICTX *ctx, char **words)
{
	(void)ctx;
	(void)words;
	return SMFIS_NOREPLY;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx;
	(void)name;
	(void)value;
	return SMFIS_NOREPLY;
}

static sfsistat
on_step(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_NOREPLY;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *p, size_t n)
{
	(void)ctx;
	(void)p;
	(void)n;
	return SMFIS_NOREPLY;
}

static sfsistat
on_end(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	static char name[] = "null";
	struct smfiDesc table = {
	    .xxfi_name = name,
	    .xxfi_version = SMFI_VERSION,
	    .xxfi_negotiate = on_negotiate,
	    .xxfi_connect = on_connect,
	    .xxfi_helo = on_text,
	    .xxfi_envfrom = on_path,
	    .xxfi_envrcpt = on_path,
	    .xxfi_data = on_step,
	    .xxfi_header = on_header,
	    .xxfi_eoh = on_step,
	    .xxfi_body = on_body,
	    .xxfi_eom = on_end,
	    .xxfi_abort = on_end,
	    .xxfi_close = on_end,
	};

	if (argc != 2) {
		fprintf(stderr, "usage: null unix:PATH|inet:PORT@ADDRESS\n");
		return 64;
	}
	smfi_setbacklog(1024);
	if (smfi_register(table) != MI_SUCCESS ||
	    smfi_setconn(argv[1]) != MI_SUCCESS) {
		fprintf(stderr, "null: cannot listen on %s\n", argv[1]);
		return 1;
	}
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
