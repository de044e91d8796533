// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>

namespace bitloom {

/// Memory in a nameless file (namelessFile), which the system may push out. Error when the disk is
/// full.
void* mapNamelessFile(size_t bytes);
void unmapNamelessFile(void* at, size_t bytes);

/// An allocator for containers that may become large: what takes more than `limit` bytes lies in a
/// nameless file, bounded by the disk rather than by memory.
template <typename Item, size_t limit = size_t{64} << 20>
class FileAllocator {
public:
    using value_type = Item;
    template <typename Other>
    struct rebind {
        using other = FileAllocator<Other, limit>;
    };

    FileAllocator() = default;
    template <typename Other>
    FileAllocator(const FileAllocator<Other, limit>&) // NOLINT: as every allocator
    {
    }
    Item* allocate(size_t count)
    {
        return count > kMost ? static_cast<Item*>(mapNamelessFile(count * sizeof(Item)))
                             : std::allocator<Item>().allocate(count);
    }
    void deallocate(Item* at, size_t count)
    {
        count > kMost ? unmapNamelessFile(at, count * sizeof(Item))
                      : std::allocator<Item>().deallocate(at, count);
    }
    bool operator==(const FileAllocator&) const = default;

private:
    static constexpr size_t kMost = limit / sizeof(Item);
};

} // namespace bitloom
