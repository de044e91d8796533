// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/files/formats/checkpoint.h"
#include "core/files/store/measurement_store.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bitloom {

/// What a checkpoint is, by every byte of its weight files, the text of its side files, and which
/// tensor lies in which file: measurements are of this and nothing else. Files are read piece by
/// piece (XXH3, 128 bits; not meant against forgery), once: what was found is noted with path,
/// device, inode, size and times, and believed as long as all of these are the same. Thread safe.
class ContentHash {
public:
    /// `notes`: where hashes of files are noted; may keep nothing.
    ContentHash(const Checkpoint& checkpoint, MeasurementEntry notes);

    /// Reads what nobody has read so far, on all cores; waits while another thread does. Nothing:
    /// stopped, or somebody wrote to a file since it was opened, so that nobody can tell what is
    /// computed with. Error: a file was cut short.
    std::optional<std::string> hex(Progress& progress);

private:
    using Digest = std::array<uint64_t, 2>;
    struct File {
        std::shared_ptr<const MappedFile> file;
        std::vector<std::optional<Digest>> pieces; ///< read so far
        std::string hash;                          ///< empty: not all of it was
    };
    bool waitForOthers(std::unique_lock<std::timed_mutex>& lock, Progress& progress);
    /// False: stopped.
    bool read(File& file, Progress& progress);
    void report(Progress& progress) const;
    std::string noted(const MappedFile& file) const;
    void note(const File& file) const;

    MeasurementEntry m_notes;
    std::string m_rest;         ///< side files, and where the tensors lie
    std::timed_mutex m_reading; ///< guards the files
    std::vector<File> m_files;
    int64_t m_bytes = 0; ///< of all files
    std::atomic<int64_t> m_bytesRead = 0;
};

} // namespace bitloom
