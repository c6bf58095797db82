#include "base/err.h"

const char *
err_text(int err)
{
	switch (err) {
	case ERR_OK:
		return "no error";
	case ERR_MEMORY:
		return "memory limit reached";
	case ERR_SYSTEM:
		return "system error";
	case ERR_CONFIG:
		return "unusable configuration";
	case ERR_INPUT:
		return "argument out of range";
	default:
		return "unknown error";
	}
}
