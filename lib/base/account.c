#include "base/account.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/siphash.h"

/* Open accounts are at most as many as sessions: few to a bucket. */
#define BUCKETS 256

struct account {
	struct account *next;
	uint64_t key; /* seeded and of 64 bits: it stands for the network */
	unsigned refs;
	atomic_size_t held[ACCOUNT_KINDS];
};

struct accounts {
	struct siphash_key seed;
	pthread_mutex_t lock; /* of the list and of refs */
	struct account *bucket[BUCKETS];
};

bool
account_may_take(size_t held, size_t left)
{
	return held < left && held < left - held;
}

struct accounts *
accounts_new(void)
{
	struct accounts *accounts = mem_alloc(sizeof *accounts);

	accounts->seed = siphash_key_random();
	pthread_mutex_init(&accounts->lock, NULL);
	return accounts;
}

void
accounts_free(struct accounts *accounts)
{
	if (accounts == NULL)
		return;
	pthread_mutex_destroy(&accounts->lock);
	free(accounts);
}

static uint64_t
key_of(const struct accounts *accounts, struct ip client)
{
	uint64_t key = siphash(&accounts->seed, ip_head(&client, 24, 56));

	return key != 0 ? key : 1;
}

struct account *
account_open(struct accounts *accounts, struct ip client)
{
	uint64_t key = key_of(accounts, client);
	struct account **at = &accounts->bucket[key % BUCKETS];

	pthread_mutex_lock(&accounts->lock);
	while (*at != NULL && (*at)->key != key)
		at = &(*at)->next;
	if (*at == NULL) {
		*at = mem_alloc(sizeof **at);
		(*at)->key = key;
	}
	struct account *account = *at;
	account->refs++;
	pthread_mutex_unlock(&accounts->lock);
	return account;
}

void
account_close(struct accounts *accounts, struct account *account)
{
	if (account == NULL)
		return;
	pthread_mutex_lock(&accounts->lock);
	struct account **at = &accounts->bucket[account->key % BUCKETS];
	if (--account->refs == 0) {
		while (*at != account)
			at = &(*at)->next;
		*at = account->next;
		free(account);
	}
	pthread_mutex_unlock(&accounts->lock);
}

uint64_t
account_key(const struct account *account)
{
	return account != NULL ? account->key : 0;
}

size_t
account_add(struct account *account, enum account_kind kind, size_t n)
{
	return account != NULL ? atomic_fetch_add(&account->held[kind], n) : 0;
}

void
account_sub(struct account *account, enum account_kind kind, size_t n)
{
	if (account != NULL)
		atomic_fetch_sub(&account->held[kind], n);
}
