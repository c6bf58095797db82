/*
 * Operational failures, as negative numbers.  Bad mail is never one of them:
 * what a sender got wrong is a result with a reason.
 */
#ifndef VERDICT_BASE_ERR_H
#define VERDICT_BASE_ERR_H

enum err {
	ERR_OK = 0,
	ERR_MEMORY = -1, /* the shared memory limit was passed */
	ERR_SYSTEM = -2, /* a system call failed; errno tells */
	ERR_CONFIG = -3, /* unusable configuration or option */
	ERR_INPUT = -4   /* an argument outside its documented range */
};

/* A short English text for one of the above, never NULL. */
const char *err_text(int err);

#endif
