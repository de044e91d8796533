// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/store/measurement_store.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
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

/// What an entry's name ends with: ".2-" and a fingerprint. Before there were versions it was "-"
/// and a fingerprint.
std::string endingOf(const Fingerprint& key)
{
    return '.' + std::to_string(MeasurementStore::kVersion) + '-' + key.hex();
}

/// Version of the folder, where it is named like one of ours: a word, an ending.
std::optional<int64_t> versionOf(const fs::directory_entry& folder)
{
    const std::string name = folder.path().filename().string();
    const size_t dash = name.rfind('-');
    std::error_code none;
    if (dash == std::string::npos || !Fingerprint::isHex(std::string_view(name).substr(dash + 1)) ||
        folder.is_symlink(none) || !folder.is_directory(none))
        return std::nullopt;
    const size_t dot = name.rfind('.', dash);
    const std::string number = dot == std::string::npos ? "" : name.substr(dot + 1, dash - dot - 1);
    return number.empty() ? 1 : std::strtoll(number.c_str(), nullptr, 10);
}

} // namespace

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
    MeasurementEntry entry(folder);
    entry.mark();
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
        else if (version && folder.path() != used &&
                 MeasurementEntry(folder.path().string()).isOurs())
            others.emplace_back(folder.last_write_time(none), folder.path());
    }
    for (const fs::path& folder : outdated)
        MeasurementEntry(folder.string()).removeWhole();
    std::ranges::sort(others);
    if (!others.empty())
        others.pop_back(); // used before this one
    int64_t bytes = 0;
    for (const auto& [time, folder] : others)
        bytes += bytesIn(folder);
    for (size_t i = 0; bytes > m_mostBytes && i < others.size(); ++i) {
        bytes -= bytesIn(others[i].second);
        MeasurementEntry(others[i].second.string()).removeWhole();
    }
}

} // namespace bitloom
