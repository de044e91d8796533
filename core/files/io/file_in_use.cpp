// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/io/file_in_use.h"

#include <mutex>
#include <set>
#include <utility>

namespace bitloom {

namespace {

using Place = std::pair<uint64_t, uint64_t>;

struct PlacesInUse {
    std::mutex mutex;
    std::multiset<Place> all;
};

/// Never destroyed: models may be closed by whatever ends last.
PlacesInUse& placesInUse()
{
    static auto* kPlaces = new PlacesInUse; // NOLINT(cppcoreguidelines-owning-memory)
    return *kPlaces;
}

Place placeOf(const FileStamp& file)
{
    return {file.device, file.inode};
}

} // namespace

FileInUse::FileInUse(const std::optional<FileStamp>& file)
    : m_file(file)
{
    if (!m_file)
        return;
    const std::scoped_lock lock(placesInUse().mutex);
    placesInUse().all.insert(placeOf(*m_file));
}

FileInUse::~FileInUse()
{
    if (!m_file)
        return;
    const std::scoped_lock lock(placesInUse().mutex);
    std::multiset<Place>& all = placesInUse().all;
    all.erase(all.find(placeOf(*m_file)));
}

bool FileInUse::isInUse(const FileStamp& file)
{
    const std::scoped_lock lock(placesInUse().mutex);
    return placesInUse().all.contains(placeOf(file));
}

} // namespace bitloom
