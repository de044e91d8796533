// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

namespace bitloom {

/// Where something is to be written, and whether whoever asked for it agreed that what is there
/// goes.
struct OutputFile {
    OutputFile(std::string file, bool replaces = true) // NOLINT(google-explicit-constructor)
        : path(std::move(file))
        , mayReplace(replaces)
    {
    }
    OutputFile(const char* file) // NOLINT(google-explicit-constructor)
        : path(file)
    {
    }

    std::string path;
    bool mayReplace = true;
};

/// Reads back a complete file under its temporary name, before it takes the place of the old one;
/// false or an Error leaves the old file.
using FileCheck = std::function<bool(const std::string& writtenPath)>;

/// Error, with the way out, where writing would fail or destroy something: there is no name, the
/// folder is not there or is closed to us, or what is there is no ordinary file, is write-protected
/// (by its mode, also for those whom modes do not bind), is read by this program (FileInUse) or
/// belongs to its standard streams, or must not be replaced, nor hidden (hiddenBy). Looks at the
/// disk only; asked before long work, and again by what writes.
void requireWritable(const OutputFile& file);
/// What a new file of that name would hide from all who open its folder, as its name is looked for
/// first (model.safetensors beside the index of shards): the name of what would be hidden. Empty:
/// nothing, or there is a file of that name already.
std::string hiddenBy(const std::string& path);
/// The file that a path leads to: what a link points at, which need not be there.
std::string behindLinks(const std::string& path);
/// `stem` + `ending`, with "-2", "-3", ... between them where something of that name is there.
std::string freeName(const std::string& stem, const std::string& ending);

} // namespace bitloom
