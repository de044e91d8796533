// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/io/fingerprint.h"
#include "core/files/io/scratch.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bitloom {

/// One measurement in the store: files by name. Measuring never fails for want of a place to keep
/// it: what cannot be written is simply not there the next time.
class MeasurementEntry {
public:
    MeasurementEntry() = default; ///< keeps nothing
    bool keeps() const { return !m_folder.empty(); }

    /// The whole of a file. Nothing: it is not there, or not as it was written.
    std::optional<std::string> read(const std::string& name) const;
    /// All or nothing, also when the program is killed.
    /// False: there is no room.
    bool write(const std::string& name, const std::string& content) const;
    void remove(const std::string& name) const;

    /// Zeroed; stay where they can once keep(floats) was called.
    std::unique_ptr<Scratch> floats(const std::string& name, int64_t count) const;
    static void keep(Scratch& floats);
    /// Null: not kept.
    std::unique_ptr<Scratch> stored(const std::string& name, int64_t count) const;

    /// Bytes that may be many, without a copy in memory. All or nothing. False: there is no room.
    bool writeBytes(const std::string& name, std::span<const std::byte> bytes) const;
    /// Fills all of them. False: not there, not so many, or not as they were written.
    bool readBytes(const std::string& name, std::span<std::byte> bytes) const;
    /// Files by name, also those that a program that was killed left half written.
    void removeIf(const std::function<bool(const std::string& name)>& isUnwanted) const;
    /// Those whose names begin so.
    void removeAll(const std::string& beginning) const
    {
        removeIf([&](const std::string& name) { return name.starts_with(beginning); });
    }

private:
    friend class MeasurementStore;
    explicit MeasurementEntry(std::string folder)
        : m_folder(std::move(folder))
    {
    }
    std::string pathOf(const std::string& name) const { return m_folder + "/" + name; }
    bool replace(const std::string& name, const std::function<void(std::ostream&)>& fill) const;
    /// Says that the folder was made here.
    void mark() const;
    /// Whether nothing of somebody else's is lost with the folder: it holds files alone, and our
    /// mark, or, from before there were marks, a content under our seal; or nothing at all.
    bool isOurs() const;
    /// The folder too, where isOurs.
    void removeWhole() const;

    std::string m_folder; ///< empty: keeps nothing
};

/// Measurements kept between sessions, so that none is made twice and one that was interrupted
/// goes on. What they are of is in their key (the tokens, settings, and the version of the
/// algorithm) and in the content that the store was made for (ContentHash); those not used for
/// longest go when they take too much room, those of an earlier kVersion at once. Only what was
/// made here goes: what else lies in the folder, whatever its name, stays.
class MeasurementStore {
public:
    /// Grows when measurements of every kind may be wrong: nothing kept before comes back.
    /// 2: models are told apart by all of their bytes, rope_parameters are read.
    static constexpr int64_t kVersion = 2;

    MeasurementStore() = default; ///< keeps nothing
    /// `mostBytes`: of all entries but the one in use and the one used before it, which may be a
    /// larger one that was interrupted.
    explicit MeasurementStore(std::string folder, int64_t mostBytes = int64_t{8} << 30);
    /// $BITLOOM_CACHE (`off`: keeps nothing), else `bitloom` in $XDG_CACHE_HOME or ~/.cache.
    static MeasurementStore ofUser();
    bool keeps() const { return !m_folder.empty(); }

    /// A store in the same folder, of measurements of this content alone.
    MeasurementStore of(std::string content) const;
    /// Made where it is new. `kind`: a word.
    MeasurementEntry entry(std::string_view kind, const Fingerprint& key) const;
    /// What is noted beside the measurements: little, and never in the way of their room.
    MeasurementEntry notes() const;

private:
    void makeRoom(const std::string& used) const;

    std::string m_folder; ///< empty: keeps nothing
    int64_t m_mostBytes = 0;
    std::string m_content;
};

} // namespace bitloom
