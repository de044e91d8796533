// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/widgets/strict_main.h"
#include "widgets/base/elided_label.h"
#include "widgets/window/job_bar.h"
#include "widgets/window/job_list.h"

#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QToolButton>

using namespace bitloom;

class JobListTest : public QObject {
    Q_OBJECT

private slots:
    void init() { failOnWarnings(); }

    void everyJobHasItsStopButton()
    {
        JobList list(nullptr);
        QSignalSpy stop(&list, &JobList::stopRequested);
        QSignalSpy all(&list, &JobList::stopAllRequested);
        list.setRows({{"fit", "Fit", "runs, about 2 min left", 0.25, true},
                      {"evaluation", "Evaluate", "waits", -1, true}});
        list.popUp(QPoint(50, 500));
        QVERIFY(list.isVisible());
        QCOMPARE(list.findChild<QLabel*>("jobState-fit")->text(),
                 QString("runs, about 2 min left"));
        QCOMPARE(list.findChild<QProgressBar*>("jobProgress-fit")->value(), 250);
        QVERIFY(!list.findChild<QProgressBar*>("jobProgress-evaluation")->isVisible());
        QTest::mouseClick(list.findChild<QToolButton*>("jobStop-evaluation"), Qt::LeftButton);
        QCOMPARE(stop.size(), 1);
        QCOMPARE(stop.last()[0].toString(), QString("evaluation"));
        QTest::mouseClick(list.findChild<QPushButton*>("jobStopAll"), Qt::LeftButton);
        QCOMPARE(all.size(), 1);
        QTest::keyClick(&list, Qt::Key_Escape);
        QVERIFY(!list.isVisible());
        QCOMPARE(all.size(), 1);
    }

    /// A button that somebody is about to press must not become another job's.
    void aJobThatStaysKeepsItsButtonAndTheFocus()
    {
        JobList list(nullptr);
        list.setRows({{"a", "A", "runs", 0.5, true}, {"b", "B", "waits", -1, true}});
        list.popUp(QPoint(50, 500));
        auto* stop = list.findChild<QToolButton*>("jobStop-b");
        stop->setFocus();
        list.setRows({{"b", "B", "runs", 0.1, true}});
        QCOMPARE(list.findChild<QToolButton*>("jobStop-b"), stop);
        QVERIFY(stop->hasFocus());
        list.setRows({{"b", "B", "stops", 0.1, false}});
        QVERIFY(!stop->isEnabled());
        list.setRows({});
        QVERIFY(list.findChild<QLabel*>("jobListIdle")->isVisible());
        QVERIFY(list.findChild<QPushButton*>("jobStopAll")->isHidden());
    }

    void theBarGivesWayToNoText()
    {
        JobBar bar;
        bar.setJob("Short", 0.1);
        const int least = bar.minimumSizeHint().width();
        bar.setJob(QString(500, u'm'), 0.1, "about 2 min left, 1 waiting");
        QCOMPARE(bar.minimumSizeHint().width(), least);
        QVERIFY(bar.findChild<QLabel*>("jobText")->toolTip().contains("1 waiting"));
        QSignalSpy list(&bar, &JobBar::listRequested);
        QTest::mouseClick(bar.findChild<QToolButton*>("jobListButton"), Qt::LeftButton);
        QCOMPARE(list.size(), 1);
    }
};

BITLOOM_WIDGET_TEST(JobListTest)
#include "tst_job_list.moc"
