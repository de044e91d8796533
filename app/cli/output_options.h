// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/io/file_in_use.h"
#include "core/files/io/output_file.h"

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace bitloom {

/// -o and --force of a verb that writes a file.
struct OutputOptions {
    std::string path;
    bool force = false; ///< what is there may go

    CLI::Option* add(CLI::App& command, const std::string& what);
    bool given() const { return !path.empty(); }
    /// Error, with the way out, where it must not be written (requireWritable). For the time when
    /// the model is open and the long work has not begun.
    void check() const;
    OutputFile file() const { return {path, force}; }
};

/// Files that the options of a command name are read by it, so that nothing is written in their
/// place; but for the output, and recipes, which --force lets go.
std::vector<std::unique_ptr<FileInUse>> inputsOf(const CLI::App& command);

} // namespace bitloom
