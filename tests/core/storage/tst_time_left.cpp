// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/time_left.h"

#include <QtTest>

namespace bitloom {

class TestTimeLeft : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tellsWhenPiecesTell()
    {
        TimeLeft left;
        QVERIFY(!left.after(0.0, 0.1));
        QVERIFY(!left.after(0.01, 1.1)); // too early
        QCOMPARE(left.after(0.1, 10.1).value(), 90.0);
    }

    /// A window may take minutes; nobody should wait for two.
    void aLongFirstPieceTells()
    {
        TimeLeft left;
        QCOMPARE(left.after(0.25, 30).value(), 90.0);
    }

    /// Work that was kept is passed over in no time.
    void keptWorkDoesNotTell()
    {
        TimeLeft left;
        QVERIFY(!left.after(0.5, 0.5));
        QCOMPARE(left.after(0.6, 10.5).value(), 40.0);
    }

    void noProgressTellsNothing()
    {
        TimeLeft left;
        QVERIFY(!left.after(0.0, 0.1));
        QVERIFY(!left.after(0.0, 100));
    }
};

} // namespace bitloom

QTEST_APPLESS_MAIN(bitloom::TestTimeLeft)
#include "tst_time_left.moc"
