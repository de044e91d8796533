// SPDX-License-Identifier: GPL-3.0-or-later
// Messages: their queue, and that they neither cover nor move anything.
#include "tests/widgets/strict_main.h"
#include "widgets/base/elided_label.h"
#include "widgets/window/menu_bar_room.h"
#include "widgets/window/message_bar.h"

#include <QLabel>
#include <QMainWindow>
#include <QMenuBar>
#include <QPushButton>
#include <QScreen>
#include <QToolButton>

using namespace bitloom;

namespace {

const QString kLong = QStringLiteral("The recipe of a model with a long name, %1, cannot be kept: "
                                     "the disk is full.")
                          .arg(QString(400, u'm'));

/// A window with two menus, a page, and messages beside the menus.
struct MessageWindow {
    QMainWindow window;
    MessageBar* bar = new MessageBar;
    QWidget* page = new QWidget;

    MessageWindow()
    {
        window.menuBar()->addMenu(QStringLiteral("&File"));
        window.menuBar()->addMenu(QStringLiteral("&Edit"));
        new MenuBarRoom(window.menuBar(), bar);
        window.setCentralWidget(page);
        window.resize(900, 400);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
    }
    QRect placeOf(const QWidget* widget) const
    {
        return {widget->mapTo(&window, QPoint(0, 0)), widget->size()};
    }
};

} // namespace

class MessagesTest : public QObject {
    Q_OBJECT

private slots:
    void init() { failOnWarnings(); }

    void aQuestionWaitsUntilItIsAnswered()
    {
        MessageBar bar;
        bar.show();
        int restored = 0;
        bar.post(MessageBar::Info, "Opened.");
        bar.post(MessageBar::Question, "Restore?", "Restore", [&restored] { ++restored; });
        bar.post(MessageBar::Question, "And this?", "Yes");
        bar.post(MessageBar::Info, "Saved.");
        QCOMPARE(bar.text(), QString("Restore?"));
        QCOMPARE(bar.count(), 4);
        QTest::keyClick(&bar, Qt::Key_Escape); // is no answer
        QCOMPARE(bar.text(), QString("Restore?"));
        QTest::mouseClick(bar.findChild<QPushButton*>("messageAction"), Qt::LeftButton);
        QCOMPARE(restored, 1);
        QCOMPARE(bar.text(), QString("And this?"));
        QTest::mouseClick(bar.findChild<QToolButton*>("messageDismiss"), Qt::LeftButton);
        QCOMPARE(bar.text(), QString("Saved."));
        QCOMPARE(bar.count(), 2);
    }

    void newErrorsComeBeforeAQuestion()
    {
        MessageBar bar;
        bar.show();
        bar.post(MessageBar::Error, "Broken before.");
        bar.post(MessageBar::Question, "Restore?", "Restore");
        QCOMPARE(bar.text(), QString("Restore?"));
        bar.post(MessageBar::Warning, "Little memory.");
        bar.post(MessageBar::Error, "The fit failed.", {}, {}, "fit");
        bar.post(MessageBar::Info, "Saved.");
        QCOMPARE(bar.text(), QString("The fit failed."));
        QCOMPARE(bar.count(), 5);
        bar.resolve("fit");
        QCOMPARE(bar.text(), QString("Little memory."));
        QTest::keyClick(&bar, Qt::Key_Escape);
        QCOMPARE(bar.text(), QString("Restore?"));
        QCOMPARE(bar.count(), 3);
    }

    /// Also behind others, so that none comes to light when it is old.
    void infosLeaveByAge()
    {
        MessageBar bar;
        bar.setInfosStay(1);
        bar.post(MessageBar::Info, "Opened.");
        bar.post(MessageBar::Error, "Broken.");
        bar.post(MessageBar::Question, "Restore?", "Restore");
        bar.post(MessageBar::Info, "Saved.");
        QTRY_COMPARE(bar.count(), 2);
        QCOMPARE(bar.text(), QString("Restore?"));
        bar.dismiss();
        QCOMPARE(bar.text(), QString("Broken."));
        bar.post(MessageBar::Info, "Fitted.");
        QTRY_COMPARE(bar.text(), QString("Broken."));
    }

    void anErrorGoesWithTheSuccessThatAnswersIt()
    {
        MessageBar bar;
        bar.post(MessageBar::Error, "The fit failed.", {}, {}, "fit");
        bar.post(MessageBar::Error, "No such file.", {}, {}, "open");
        bar.post(MessageBar::Warning, "Little memory.", {}, {}, "open");
        bar.resolve("open");
        QCOMPARE(bar.count(), 2);
        bar.resolve("fit");
        QCOMPARE(bar.text(), QString("Little memory."));
        bar.resolve({});
        QCOMPARE(bar.count(), 1);
    }

    void whatWasAboutADocumentGoesWithIt()
    {
        MessageBar bar;
        bar.post(MessageBar::Question, "Discard what was restored?", "Discard", {}, "document");
        bar.post(MessageBar::Question, "Restore that of last week?", "Restore");
        bar.post(MessageBar::Error, "The fit failed.", {}, {}, "fit");
        bar.post(MessageBar::Warning, "The device was lost.");
        bar.forgetDocument("document");
        QCOMPARE(bar.count(), 2);
        QCOMPARE(bar.text(), QString("The device was lost.")); // newer than the question
        bar.dismiss();
        QCOMPARE(bar.text(), QString("Restore that of last week?"));
    }

    void messagesCoverAndMoveNothing()
    {
        MessageWindow w;
        const QRect page = w.placeOf(w.page);
        const QRect menus = w.placeOf(w.window.menuBar());
        const QSize least = w.window.minimumSizeHint();
        w.bar->post(MessageBar::Error, kLong, "Do something about it", [] {});
        QCoreApplication::processEvents();
        QVERIFY(w.bar->isVisible());
        QCOMPARE(w.placeOf(w.page), page);
        QCOMPARE(w.placeOf(w.window.menuBar()), menus);
        QCOMPARE(w.window.minimumSizeHint(), least);
        QCOMPARE(w.window.size(), QSize(900, 400));
        const QRect bar = w.placeOf(w.bar);
        QVERIFY(menus.contains(bar));
        for (QAction* menu : w.window.menuBar()->actions())
            QVERIFY(!w.bar->geometry().intersects(w.window.menuBar()->actionGeometry(menu)));
        for (const QWidget* part : w.bar->findChildren<QWidget*>(Qt::FindDirectChildrenOnly))
            if (part->isVisible() && !part->inherits("QLabel"))
                QVERIFY2(w.bar->rect().contains(part->geometry()), qPrintable(part->objectName()));
        w.bar->dismiss();
        QCOMPARE(w.placeOf(w.page), page);
    }

    void whatIsCutIsToldInFull()
    {
        MessageWindow w;
        auto* more = w.bar->findChild<QToolButton*>("messageMore");
        auto* text = dynamic_cast<ElidedLabel*>(w.bar->findChild<QLabel*>("messageText"));
        w.bar->post(MessageBar::Info, "Short.");
        QVERIFY(more->isHidden());
        w.bar->post(MessageBar::Error, kLong);
        w.bar->dismiss();
        w.bar->clear();
        w.bar->post(MessageBar::Error, kLong);
        QVERIFY(text->shownText() != text->text());
        QCOMPARE(text->toolTip(), kLong);
        QVERIFY(more->isVisible());
        QTest::mouseClick(more, Qt::LeftButton);
        auto* details = w.window.findChild<QLabel*>("messageDetailsText");
        QVERIFY(details && details->isVisible());
        QVERIFY(details->text().contains(kLong));
        QTest::keyClick(details->window(), Qt::Key_Escape);
        QTRY_VERIFY(!w.window.findChild<QLabel*>("messageDetailsText"));
        QCOMPARE(w.bar->text(), kLong); // it is still there
    }

    void manyTextsScrollOnTheScreen()
    {
        MessageWindow w;
        for (int i = 0; i < 40; ++i)
            w.bar->post(MessageBar::Error, QString::number(i) + kLong);
        QTest::mouseClick(w.bar->findChild<QToolButton*>("messageMore"), Qt::LeftButton);
        auto* details = w.window.findChild<QLabel*>("messageDetailsText");
        QVERIFY(details && details->isVisible());
        QWidget* popup = details->window();
        QVERIFY(popup->height() <= w.window.screen()->availableGeometry().height());
        QVERIFY(details->height() > popup->height());
        QVERIFY(details->hasFocus());
        popup->close();
    }

    void keysReachTheMessage()
    {
        MessageWindow w;
        w.bar->post(MessageBar::Question, "Restore?", "Restore", [] {});
        w.bar->focusMessage();
        QVERIFY(w.bar->findChild<QPushButton*>("messageAction")->hasFocus());
    }
};

BITLOOM_WIDGET_TEST(MessagesTest)
#include "tst_messages.moc"
