// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/measurement_store.h"

#include "core/error.h"
#include "core/files/writers.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace bitloom {

namespace {

namespace fs = std::filesystem;

int64_t bytesIn(const fs::path& folder)
{
    std::error_code none;
    int64_t bytes = 0;
    for (const auto& file : fs::directory_iterator(folder, none)) {
        const uintmax_t size = file.file_size(none);
        bytes += none ? 0 : static_cast<int64_t>(size);
    }
    return bytes;
}

/// FNV-1a by eight bytes at a time: as quick as memory.
uint64_t checksum(std::span<const std::byte> bytes)
{
    uint64_t hash = 0xCBF29CE484222325;
    for (size_t at = 0; at < bytes.size(); at += sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, std::min(sizeof(word), bytes.size() - at));
        hash = (hash ^ word) * 0x100000001B3;
    }
    return hash;
}

/// Of a fingerprint.
constexpr size_t kHashDigits = 32;

/// What stands before a content, to tell whether it is whole.
std::string seal(const std::string& content)
{
    Fingerprint fingerprint;
    fingerprint.add(content);
    return fingerprint.hex();
}

/// What an entry's name ends with: ".2-" and a fingerprint. Before there were versions it was "-"
/// and a fingerprint.
std::string endingOf(const Fingerprint& key)
{
    return '.' + std::to_string(MeasurementStore::kVersion) + '-' + key.hex();
}

bool isHash(std::string_view text)
{
    return text.size() == kHashDigits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The content of a file under its seal. Nothing: it has none, or is not as it was written.
std::optional<std::string> unsealed(const fs::path& file)
{
    std::error_code none;
    if (!fs::is_regular_file(file, none))
        return std::nullopt;
    std::string beginning(kHashDigits, '\0');
    std::ifstream(file, std::ios::binary).read(beginning.data(), kHashDigits);
    if (!isHash(beginning)) // a foreign file may be large
        return std::nullopt;
    try {
        std::string content = readTextFile(file.string()).substr(kHashDigits);
        return seal(content) == beginning ? std::optional(std::move(content)) : std::nullopt;
    } catch (const std::exception&) { // gone, or cut meanwhile
        return std::nullopt;
    }
}

/// Tells that a folder was made here, whatever came into it.
constexpr const char* kMark = ".bitloom";

/// Whether nothing of somebody else's is lost with the folder: it holds files alone, and our mark,
/// or, from before there were marks, a content under our seal; or nothing at all.
bool isOurs(const fs::path& folder)
{
    std::error_code none;
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(folder, none)) {
        if (file.is_symlink(none) || !file.is_regular_file(none))
            return false;
        files.push_back(file.path());
    }
    const auto isSealed = [](const fs::path& file) { return unsealed(file).has_value(); };
    return !none &&
           (files.empty() || isSealed(folder / kMark) || std::ranges::any_of(files, isSealed));
}

/// But for what came into it meanwhile.
void removeEntry(const fs::path& folder)
{
    std::error_code none;
    if (!isOurs(folder))
        return;
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(folder, none))
        files.push_back(file.path());
    for (const fs::path& file : files)
        fs::remove(file, none);
    fs::remove(folder, none);
}

/// Version of the folder, where it is named like one of ours: a word, an ending.
std::optional<int64_t> versionOf(const fs::directory_entry& folder)
{
    const std::string name = folder.path().filename().string();
    const size_t dash = name.rfind('-');
    std::error_code none;
    if (dash == std::string::npos || !isHash(std::string_view(name).substr(dash + 1)) ||
        folder.is_symlink(none) || !folder.is_directory(none))
        return std::nullopt;
    const size_t dot = name.rfind('.', dash);
    const std::string number = dot == std::string::npos ? "" : name.substr(dot + 1, dash - dot - 1);
    return number.empty() ? 1 : std::strtoll(number.c_str(), nullptr, 10);
}

} // namespace

std::optional<std::string> MeasurementEntry::read(const std::string& name) const
{
    return m_folder.empty() ? std::nullopt : unsealed(pathOf(name));
}

bool MeasurementEntry::write(const std::string& name, const std::string& content) const
{
    return replace(name, [&](std::ostream& file) { file << seal(content) << content; });
}

bool MeasurementEntry::replace(const std::string& name,
                               const std::function<void(std::ostream&)>& fill) const
{
    if (m_folder.empty())
        return false;
    // Not synced: what a power failure leaves half written is measured again.
    const std::string temporary = pathOf(name) + ".new" + std::to_string(getpid());
    std::ofstream file(temporary, std::ios::binary);
    fill(file);
    file.close();
    std::error_code failed;
    if (file)
        fs::rename(temporary, pathOf(name), failed);
    const bool replaced = file && !failed;
    if (!replaced)
        fs::remove(temporary, failed);
    return replaced;
}

void MeasurementEntry::remove(const std::string& name) const
{
    std::error_code none;
    if (!m_folder.empty())
        fs::remove(pathOf(name), none);
}

std::unique_ptr<Scratch> MeasurementEntry::floats(const std::string& name, int64_t count) const
{
    if (!m_folder.empty()) {
        try {
            return Scratch::named(pathOf(name), count);
        } catch (const Error&) { // NOLINT(bugprone-empty-catch): perhaps elsewhere there is room
        }
    }
    return Scratch::floats(count);
}

void MeasurementEntry::keep(Scratch& floats)
{
    try {
        floats.keep();
    } catch (const Error&) { // NOLINT(bugprone-empty-catch): measured again the next time
    }
}

std::unique_ptr<Scratch> MeasurementEntry::kept(const std::string& name, int64_t count) const
{
    return m_folder.empty() ? nullptr : Scratch::kept(pathOf(name), count);
}

bool MeasurementEntry::writeBytes(const std::string& name, std::span<const std::byte> bytes) const
{
    return replace(name, [&](std::ostream& file) {
        const uint64_t sum = checksum(bytes);
        file.write(reinterpret_cast<const char*>(&sum), sizeof(sum));
        file.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    });
}

bool MeasurementEntry::readBytes(const std::string& name, std::span<std::byte> bytes) const
{
    std::error_code none;
    if (m_folder.empty() || fs::file_size(pathOf(name), none) != sizeof(uint64_t) + bytes.size())
        return false;
    std::ifstream file(pathOf(name), std::ios::binary);
    uint64_t sum = 0;
    file.read(reinterpret_cast<char*>(&sum), sizeof(sum));
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return file && sum == checksum(bytes);
}

void MeasurementEntry::removeIf(
    const std::function<bool(const std::string& name)>& isUnwanted) const
{
    std::error_code none;
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(m_folder, none))
        if (isUnwanted(file.path().filename().string()))
            files.push_back(file.path());
    for (const fs::path& file : files)
        fs::remove(file, none);
}

MeasurementStore::MeasurementStore(std::string folder, int64_t mostBytes)
    : m_folder(std::move(folder))
    , m_mostBytes(mostBytes)
{
}

MeasurementStore MeasurementStore::ofUser()
{
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value ? value : "");
    };
    if (const std::string chosen = variable("BITLOOM_CACHE"); !chosen.empty())
        return chosen == "off" ? MeasurementStore() : MeasurementStore(chosen);
    if (const std::string cache = variable("XDG_CACHE_HOME"); !cache.empty())
        return MeasurementStore(cache + "/bitloom");
    const std::string home = variable("HOME");
    return home.empty() ? MeasurementStore() : MeasurementStore(home + "/.cache/bitloom");
}

MeasurementStore MeasurementStore::of(std::string content) const
{
    MeasurementStore result = *this;
    result.m_content = std::move(content);
    return result;
}

MeasurementEntry MeasurementStore::notes() const
{
    std::error_code failed;
    if (!m_folder.empty())
        fs::create_directories(m_folder + "/notes", failed);
    return m_folder.empty() || failed ? MeasurementEntry() : MeasurementEntry(m_folder + "/notes");
}

MeasurementEntry MeasurementStore::entry(std::string_view kind, const Fingerprint& key) const
{
    if (m_folder.empty())
        return {};
    Fingerprint whole = key;
    whole.add(m_content);
    const std::string folder = m_folder + "/" + std::string(kind) + endingOf(whole);
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed)
        return {};
    const MeasurementEntry entry(folder);
    if (!fs::exists(entry.pathOf(kMark), failed))
        entry.write(kMark, "a measurement of Bitloom\n");
    fs::last_write_time(folder, fs::file_time_type::clock::now(), failed);
    makeRoom(folder);
    return entry;
}

void MeasurementStore::makeRoom(const std::string& used) const
{
    std::error_code none;
    std::vector<std::pair<fs::file_time_type, fs::path>> others;
    std::vector<fs::path> outdated;
    for (const auto& folder : fs::directory_iterator(m_folder, none)) {
        const std::optional<int64_t> version = versionOf(folder);
        if (version && *version < kVersion)
            outdated.push_back(folder.path());
        else if (version && folder.path() != used && isOurs(folder.path()))
            others.emplace_back(folder.last_write_time(none), folder.path());
    }
    for (const fs::path& folder : outdated)
        removeEntry(folder);
    std::ranges::sort(others);
    if (!others.empty())
        others.pop_back(); // used before this one
    int64_t bytes = 0;
    for (const auto& [time, folder] : others)
        bytes += bytesIn(folder);
    for (size_t i = 0; bytes > m_mostBytes && i < others.size(); ++i) {
        bytes -= bytesIn(others[i].second);
        removeEntry(others[i].second);
    }
}

} // namespace bitloom
