// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/io/system_error.h"

#include "core/base/error.h"

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace bitloom {

std::string systemReason(int error)
{
    switch (error) {
    case ENOENT:
        return "no such file or folder";
    case EEXIST:
        return "something of that name is there by now";
    case EACCES:
    case EPERM:
        return "permission denied";
    case ENOSPC:
    case EDQUOT:
        return "the disk is full";
    case EFBIG:
        return "the file would be larger than is allowed here";
    case EROFS:
        return "the disk is read-only";
    case ELOOP:
        return "the link leads back to itself";
    case ENAMETOOLONG:
        return "the name is too long";
    default:
        return std::generic_category().message(error);
    }
}

void throwOpenError(std::string_view operation, const std::string& path, int error)
{
    std::error_code ignored;
    if (error == ENOENT && std::filesystem::is_symlink(path, ignored))
        throw Error(operation, path + " is a link to " +
                                   std::filesystem::read_symlink(path, ignored).string() +
                                   ", which is not there");
    throw Error(operation, path + " cannot be opened: " + systemReason(error));
}

} // namespace bitloom
