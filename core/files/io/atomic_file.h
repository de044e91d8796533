// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/io/output_file.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace bitloom {

/// A file that appears under its name only when it is complete: written under a temporary name in
/// the same folder, synced and renamed by commit(). Without commit() nothing changes. A link is
/// written through; an existing file keeps its permissions. What must not be lost is not replaced
/// (requireWritable), also where it came to be there meanwhile.
class AtomicFile {
public:
    /// Errors: requireWritable's, or the disk has no room for `expectedBytes`.
    AtomicFile(OutputFile file, int64_t expectedBytes);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(std::span<const std::byte> bytes);
    /// Zeros up to the next multiple of `alignment`.
    void pad(int64_t alignment);
    int64_t written() const { return m_written; }
    /// Syncs, lets `check` (may be empty) see the file under its temporary name, and renames. False
    /// when the check says no: nothing changed then.
    bool commit(const FileCheck& check = {});

private:
    [[noreturn]] void fail(int error) const;
    /// Gives the file its name.
    void moveIntoPlace();

    OutputFile m_file;       ///< as the user named it
    std::string m_target;    ///< links resolved
    std::string m_temporary; ///< empty once renamed
    int m_descriptor = -1;
    int64_t m_written = 0;
};

} // namespace bitloom
