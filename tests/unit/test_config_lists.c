#include "tests/support/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "config/config.h"
#include "tests/support/config_file.h"

/* --- rules with long lists --- */

#define LISTED 100000
#define LISTED_NETWORKS 10000

static void
write_lists(const char *domains, const char *networks)
{
	FILE *f = fopen(domains, "w"), *g = fopen(networks, "w");

	assert_non_null(f);
	assert_non_null(g);
	for (int i = 0; i < LISTED; i++)
		fprintf(f, "%sd%d.sender%d.example\n", i % 2 ? "." : "", i,
			i % 97);
	for (int i = 0; i < LISTED_NETWORKS; i++)
		fprintf(g, i % 2 ? "10.%d.%d.0/25\n" : "2001:db8:%x%02x::/48\n",
			i / 256, i % 256);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(fclose(g), 0);
}

static struct config *
load_lists(const char *domains, const char *networks)
{
	char text[1024];

	snprintf(text, sizeof text,
		 "rules:\n"
		 "  - {name: a, client: 'file:%s', action: reject}\n"
		 "  - {name: b, from: 'file:%s', action: reject}\n"
		 "  - {name: c, mail-from: 'file:%s', action: reject}\n"
		 "  - {name: d, recipient: 'file:%s', action: reject}\n",
		 networks, domains, domains, domains);
	return config_file_load(text);
}

/* A message is looked up in four long lists, and found in one at the end. */
static void
long_lists_are_looked_up(void **state)
{
	static const struct str recipient = STR("u@mail.receiver.example");
	static const struct shape_outcome shape = {.shape = SHAPE_NONE};
	char domains[80], networks[80];
	struct verdict verdict = {.recipient = &recipient, .recipients = 1};

	(void)state;
	snprintf(domains, sizeof domains, "%s/domains", config_file_folder());
	snprintf(networks, sizeof networks, "%s/networks",
		 config_file_folder());
	write_lists(domains, networks);
	struct config *c = load_lists(domains, networks);
	verdict.client = ip_v4((uint8_t[]){192, 0, 2, 1});
	verdict.from.count = 1;
	verdict.from.domain[0] = str_lit("a.b.sender7.example");
	verdict.mail_from_domain = verdict.from.domain[0];
	struct arena *arena = arena_new(NULL);
	assert_int_equal(
	    rules_match(arena, c->policy.rules, &verdict, &shape).count, 0);
	verdict.from.domain[0] = str_lit("x.d7.sender7.example");
	struct rules_matched matched =
	    rules_match(arena, c->policy.rules, &verdict, &shape);
	assert_int_equal(matched.count, 1);
	assert_str(matched.rule[0]->name, "b");
	arena_free(arena);
	config_unref(c);
	unlink(domains);
	unlink(networks);
}

/* --- clients --- */

static enum client_class
class_of(const struct config *config, const char *address)
{
	struct ip ip = ip_none();

	if (address[0])
		assert_true(ip_parse(str_of(address), &ip));
	return config_client_class(config, ip, str_empty(), NULL);
}

static void
the_narrower_network_counts(void **state)
{
	struct config *c =
	    config_file_load("internal-networks: [192.0.2.0/24, "
			     "198.51.100.7, 2001:db8::/32]\n"
			     "trusted-relays: [192.0.2.9, 198.51.100.0/24, "
			     "2001:db8:1::/48]\n");

	(void)state;
	assert_int_equal(class_of(c, "192.0.2.1"), CLIENT_INTERNAL);
	assert_int_equal(class_of(c, "192.0.2.9"), CLIENT_RELAY);
	assert_int_equal(class_of(c, "198.51.100.7"), CLIENT_INTERNAL);
	assert_int_equal(class_of(c, "198.51.100.8"), CLIENT_RELAY);
	assert_int_equal(class_of(c, "::ffff:192.0.2.9"), CLIENT_RELAY);
	assert_int_equal(class_of(c, "2001:db8:1::1"), CLIENT_RELAY);
	assert_int_equal(class_of(c, "2001:db8:2::1"), CLIENT_INTERNAL);
	assert_int_equal(class_of(c, "203.0.113.1"), CLIENT_FOREIGN);
	/* The list was replaced, so loopback is foreign. */
	assert_int_equal(class_of(c, "127.0.0.1"), CLIENT_FOREIGN);
	assert_int_equal(class_of(c, ""), CLIENT_FOREIGN);
	config_unref(c);
	c = config_file_load("internal-networks: []\n");
	assert_int_equal(class_of(c, "::1"), CLIENT_FOREIGN);
	config_unref(c);
	c = config_file_load("");
	assert_int_equal(class_of(c, "127.3.2.1"), CLIENT_INTERNAL);
	assert_int_equal(class_of(c, "::1"), CLIENT_INTERNAL);
	config_unref(c);
}

/* Names of relays, and whom one of them saw. */
static void
relays_are_asked_for_their_clients(void **state)
{
	struct config *c = config_file_load(
	    "trusted-relays: [192.0.2.9]\n"
	    "relay-received: [MX2.Receiver.Example., localhost]\n");
	const struct verify_relays *relays = &c->verify.relays;
	struct ip ip;

	(void)state;
	assert_int_equal(relays->names.count, 2);
	assert_str(relays->names.name[0], "mx2.receiver.example");
	assert_str(relays->names.name[1], "localhost");
	assert_true(ip_parse(str_lit("192.0.2.9"), &ip));
	assert_int_equal(relays->class_of(relays->ctx, ip), CLIENT_RELAY);
	assert_true(ip_parse(str_lit("127.0.0.1"), &ip));
	assert_int_equal(relays->class_of(relays->ctx, ip), CLIENT_INTERNAL);
	config_unref(c);
}

/* Many hosts of one provider are still somebody. */
static void
wide_networks_may_prove_something(void **state)
{
	(void)state;
	config_unref(config_file_load(
	    "rules: [{name: a, action: accept, client: [16.0.0.0/4, "
	    "16.0.0.0/4, 17.0.0.0/8, 32.0.0.0/4, 48.0.0.0/4, \"2800::/5\", "
	    "64.0.0.0/5]}]\n"));
	/* Nor does one count twice for what stands between in another family.
	 */
	config_unref(config_file_load(
	    "rules: [{name: a, action: accept, client: [16.0.0.0/4, "
	    "\"1400::/6\", 24.0.0.0/5, 32.0.0.0/4, 48.0.0.0/4, "
	    "64.0.0.0/5]}]\n"));
	config_unref(config_file_load(
	    "rules: [{name: a, action: reject, client: 0.0.0.0/0}]\n"));
}

/* Of several lists that anybody is in the first one in the file is told. */
static void
the_first_broad_list_is_told(void **state)
{
	static const char *const texts[] = {
	    "trusted-sealers: [example]\ninternal-networks: 0.0.0.0/0\n",
	    "internal-networks: 0.0.0.0/0\ntrusted-sealers: [example]\n",
	    "forwarders: 0.0.0.0/0\ntrusted-relays: 0.0.0.0/0\nmode: on\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct config_error error;
		struct config *config = NULL;
		char want[80];

		config_file_write(texts[i], strlen(texts[i]));
		assert_int_equal(
		    config_load(config_file_path(), &config, &error),
		    ERR_CONFIG);
		snprintf(want, sizeof want,
			 ":1:1: %.*s: ", (int)strcspn(texts[i], ":"), texts[i]);
		assert_non_null(strstr(error.text, want));
	}
}

/* Who leads a session gets the first terminal that it opens, and whose that is
   may then end it. */
static void
no_file_becomes_its_terminal(void **state)
{
	int status = -1;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		struct config *config;
		struct config_error error;
		int master = posix_openpt(O_RDWR | O_NOCTTY);
		setsid();
		if (master < 0 || grantpt(master) != 0 ||
		    unlockpt(master) != 0 || ptsname(master) == NULL ||
		    access(ptsname(master), F_OK) != 0)
			_exit(77);
		if (config_load(ptsname(master), &config, &error) != ERR_CONFIG)
			_exit(2);
		_exit(open("/dev/tty", O_RDWR) < 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	/* As in a bare chroot: there are no terminals. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

/* A quarter to the last address, in networks of every size, is broad. */
static void
a_quarter_proves_nothing(void **state)
{
	struct config *config = NULL;
	struct config_error error;
	struct buf text;

	(void)state;
	buf_init(&text, NULL);
	buf_adds(&text, "rules: [{name: a, action: accept, client: [0.0.0.1");
	for (unsigned bit = 1; bit < 30; bit++)
		buf_printf(&text, ", %u.%u.%u.%u/%u", 1U << bit >> 24,
			   1U << bit >> 16 & 255, 1U << bit >> 8 & 255,
			   1U << bit & 255, 32 - bit);
	size_t n = text.n;
	buf_adds(&text, "]}]\n");
	config_file_write(text.p, text.n);
	assert_int_equal(config_load(config_file_path(), &config, &error), 0);
	config_unref(config);
	text.n = n;
	buf_adds(&text, ", 0.0.0.0]}]\n");
	config_file_write(text.p, text.n);
	assert_int_equal(config_load(config_file_path(), &config, &error),
			 ERR_CONFIG);
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wide_networks_may_prove_something),
	    cmocka_unit_test(a_quarter_proves_nothing),
	    cmocka_unit_test(long_lists_are_looked_up),
	    cmocka_unit_test(relays_are_asked_for_their_clients),
	    cmocka_unit_test(the_narrower_network_counts),
	    cmocka_unit_test(the_first_broad_list_is_told),
	    cmocka_unit_test(no_file_becomes_its_terminal),
	};

	return cmocka_run_group_tests_name(
	    "config lists", tests, config_file_setup, config_file_teardown);
}
