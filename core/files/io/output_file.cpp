// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/io/output_file.h"

#include "core/base/error.h"
#include "core/files/io/file_in_use.h"
#include "core/files/io/system_error.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>

#include <sys/stat.h>
#include <unistd.h>

namespace bitloom {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuseOutput(const std::string& path, const std::string& why)
{
    throw Error("write", path + ' ' + why);
}

std::string kindOf(mode_t mode)
{
    if (S_ISFIFO(mode))
        return "a pipe";
    return S_ISSOCK(mode) ? "a socket" : "a device";
}

bool isStandardStream(const FileStamp& file)
{
    constexpr std::array kStreams = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
    for (const int stream : kStreams) {
        struct stat status = {};
        if (fstat(stream, &status) == 0 && stampOf(status).isSameFile(file))
            return true;
    }
    return false;
}

void requireReplaceable(const OutputFile& file, const struct stat& status)
{
    if (S_ISDIR(status.st_mode))
        refuseOutput(file.path, "is a folder, not a file");
    if (!S_ISREG(status.st_mode))
        refuseOutput(file.path,
                     "is " + kindOf(status.st_mode) + ", not an ordinary file; name another one");
    if (FileInUse::isInUse(stampOf(status)))
        refuseOutput(file.path, "is being read here and would be lost; name another file");
    if (isStandardStream(stampOf(status)))
        refuseOutput(file.path, "is where standard input or output goes; name another file");
    constexpr mode_t kAnyWrite = S_IWUSR | S_IWGRP | S_IWOTH;
    if ((status.st_mode & kAnyWrite) == 0 || access(file.path.c_str(), W_OK) != 0)
        refuseOutput(file.path, "is write-protected; allow writing to it or name another file");
    if (!file.mayReplace)
        refuseOutput(file.path, "is already there and is replaced only when that is asked for");
}

void requireFolder(const OutputFile& file, const std::string& target)
{
    const fs::path parent = fs::path(target).parent_path();
    const std::string folder = parent.empty() ? "." : parent.string();
    if (access(folder.c_str(), W_OK | X_OK) != 0)
        refuseOutput(file.path, "cannot be written: " + systemReason(errno));
}

} // namespace

std::string hiddenBy(const std::string& path)
{
    constexpr std::array kSecond = {"model.safetensors.index.json", "pytorch_model.bin",
                                    "pytorch_model.bin.index.json"};
    std::error_code none;
    if (fs::exists(path, none))
        return {};
    for (const fs::path& file : {fs::path(path), fs::path(behindLinks(path))})
        for (const char* second : kSecond)
            if (file.filename() == "model.safetensors" &&
                fs::exists(file.parent_path() / second, none))
                return second;
    return {};
}

std::string behindLinks(const std::string& path)
{
    constexpr int kMostLinks = 40; // as the system follows
    fs::path target = path;
    std::error_code none;
    for (int i = 0; i < kMostLinks && fs::is_symlink(target, none); ++i)
        target = target.parent_path() / fs::read_symlink(target, none);
    return target.string();
}

void requireWritable(const OutputFile& file)
{
    if (file.path.empty())
        throw Error("write", "the file to write has no name");
    struct stat status = {};
    if (stat(file.path.c_str(), &status) == 0)
        requireReplaceable(file, status);
    else if (errno != ENOENT)
        refuseOutput(file.path, "cannot be written: " + systemReason(errno));
    else if (file.path.ends_with('/'))
        refuseOutput(file.path, "names a folder, not a file");
    requireFolder(file, behindLinks(file.path));
    if (const std::string hidden = hiddenBy(file.path); !file.mayReplace && !hidden.empty())
        refuseOutput(file.path, "would hide the model of " + hidden +
                                    " beside it, and is written only when that is asked for");
}

std::string freeName(const std::string& stem, const std::string& ending)
{
    const auto isTaken = [](const std::string& name) {
        std::error_code none;
        return fs::symlink_status(name, none).type() != fs::file_type::not_found;
    };
    const auto numbered = [&](int number) { return stem + '-' + std::to_string(number) + ending; };
    if (!isTaken(stem + ending))
        return stem + ending;
    int number = 2;
    while (isTaken(numbered(number)))
        ++number;
    return numbered(number);
}

} // namespace bitloom
