// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/files/io/file_allocator.h"
#include "tests/anonymous_bytes.h"

#include <QTest>
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

using namespace bitloom;

namespace {

template <size_t limit>
using Numbers = std::vector<double, FileAllocator<double, limit>>;

} // namespace

class TestFileAllocator : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void largeOnesAreNotAnonymous()
    {
        constexpr int64_t kBytes = int64_t{200} << 20;
        constexpr auto kCount = static_cast<size_t>(kBytes) / sizeof(double);
        const int64_t before = anonymousBytes();
        QVERIFY(before > 0);
        const Numbers<size_t{64} << 20> large(kCount, 1.5);
        QVERIFY(anonymousBytes() - before < (int64_t{8} << 20));
        QCOMPARE(std::accumulate(large.begin(), large.end(), 0.0), 1.5 * kCount);
        const Numbers<size_t{256} << 20> small(kCount, 1.5);
        QVERIFY(anonymousBytes() - before >= kBytes);
        QCOMPARE(small.back(), 1.5);
    }

    /// Whatever a vector does with its memory, across the limit and back.
    void valuesStay()
    {
        Numbers<80> growing;
        std::vector<double> plain;
        for (int i = 0; i < 3000; ++i) {
            growing.push_back(i);
            plain.push_back(i);
        }
        Numbers<80> copy = growing;
        growing.resize(5);
        growing.shrink_to_fit();
        QVERIFY(std::ranges::equal(copy, plain));
        std::swap(copy, growing);
        QCOMPARE(copy.size(), size_t{5});
        const Numbers<80> moved = std::move(growing);
        QVERIFY(std::ranges::equal(moved, plain));
        const Numbers<80> none(40);
        QCOMPARE(std::accumulate(none.begin(), none.end(), 0.0), 0.0);
    }

    void aFullDiskIsAnError() { QVERIFY_THROWS_EXCEPTION(Error, mapNamelessFile(size_t{1} << 60)); }
};

QTEST_APPLESS_MAIN(TestFileAllocator)
#include "tst_file_allocator.moc"
