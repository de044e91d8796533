// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/window/message_bar.h"

#include "widgets/base/elided_label.h"
#include "widgets/base/icons.h"
#include "widgets/window/message_details.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

QString iconOf(MessageBar::Kind kind)
{
    switch (kind) {
    case MessageBar::Info:
        return QStringLiteral("info");
    case MessageBar::Warning:
        return QStringLiteral("warning");
    case MessageBar::Question:
        return QStringLiteral("info");
    case MessageBar::Error:
        break;
    }
    return QStringLiteral("error");
}

QString kindName(MessageBar::Kind kind)
{
    switch (kind) {
    case MessageBar::Info:
        return MessageBar::tr("Note");
    case MessageBar::Warning:
        return MessageBar::tr("Warning");
    case MessageBar::Question:
        return MessageBar::tr("Question");
    case MessageBar::Error:
        break;
    }
    return MessageBar::tr("Error");
}

} // namespace

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_text(new ElidedLabel(this))
    , m_more(new QToolButton(this))
    , m_action(new QPushButton(this))
    , m_close(new QToolButton(this))
{
    setObjectName(QStringLiteral("messageBar"));
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setRetainSizeWhenHidden(true);
    setSizePolicy(policy);
    build();
    connect(m_close, &QToolButton::clicked, this, &MessageBar::dismiss);
    connect(m_more, &QToolButton::clicked, this, &MessageBar::showAll);
    connect(m_action, &QPushButton::clicked, this, &MessageBar::act);
    m_leave.setSingleShot(true);
    connect(&m_leave, &QTimer::timeout, this, &MessageBar::dropOld);
    hide();
}

void MessageBar::build()
{
    m_icon->setObjectName(QStringLiteral("messageKind"));
    m_text->setObjectName(QStringLiteral("messageText"));
    m_text->setTextFormat(Qt::PlainText);
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_more->setObjectName(QStringLiteral("messageMore"));
    m_more->setAutoRaise(true);
    m_more->setToolTip(tr("Show all messages in full"));
    m_more->setAccessibleName(m_more->toolTip());
    m_action->setObjectName(QStringLiteral("messageAction"));
    m_action->setAccessibleName(tr("What can be done"));
    m_close->setObjectName(QStringLiteral("messageDismiss"));
    m_close->setIcon(glyph(QStringLiteral("close")));
    m_close->setAutoRaise(true);
    m_close->setAccessibleName(tr("Dismiss the message"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 0, 6, 0);
    layout->addWidget(m_icon);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_more);
    layout->addWidget(m_action);
    layout->addWidget(m_close);
}

/// Room for a button, whether there is one or not; the texts ask for none.
QSize MessageBar::minimumSizeHint() const
{
    const int height = std::max(
        {m_action->sizeHint().height(), m_more->sizeHint().height(), m_close->sizeHint().height()});
    return {fontMetrics().averageCharWidth() * 24, height};
}

void MessageBar::post(Kind kind, const QString& sentence, const QString& actionText,
                      std::function<void()> action, const QString& about)
{
    m_messages.removeIf([&](const Message& message) {
        return message.kind == kind && message.sentence == sentence;
    });
    const QDeadlineTimer leaves =
        kind == Info ? QDeadlineTimer(m_infosStay) : QDeadlineTimer(QDeadlineTimer::Forever);
    m_messages.append({kind, sentence, actionText, std::move(action), about, leaves});
    showTop();
    dropOld();
    announce();
    emit posted(kind, sentence);
}

qsizetype MessageBar::shown() const
{
    const auto question =
        std::find_if(m_messages.begin(), m_messages.end(),
                     [](const Message& message) { return message.kind == Question; });
    if (question == m_messages.end())
        return m_messages.size() - 1;
    for (qsizetype i = m_messages.size() - 1; i > question - m_messages.begin(); --i)
        if (m_messages[i].kind == Error || m_messages[i].kind == Warning)
            return i;
    return question - m_messages.begin();
}

QString MessageBar::text() const
{
    return m_messages.isEmpty() ? QString() : m_messages[shown()].sentence;
}

void MessageBar::dismiss()
{
    if (!m_messages.isEmpty())
        m_messages.removeAt(shown());
    showTop();
}

void MessageBar::act()
{
    const auto action = m_messages[shown()].action;
    dismiss();
    if (action)
        action();
}

void MessageBar::clear()
{
    drop([](const Message&) { return true; });
}

void MessageBar::resolve(const QString& about)
{
    drop([&](const Message& message) { return message.kind == Error && message.about == about; });
}

void MessageBar::forgetDocument(const QString& about)
{
    drop([&](const Message& message) {
        return message.about == about || (message.kind != Question && !message.about.isEmpty());
    });
}

void MessageBar::dropOld()
{
    drop([](const Message& message) { return message.leaves.hasExpired(); });
    QDeadlineTimer next(QDeadlineTimer::Forever);
    for (const Message& message : std::as_const(m_messages))
        next = std::min(next, message.leaves);
    if (next.isForever())
        m_leave.stop();
    else
        m_leave.start(static_cast<int>(next.remainingTime()) + 1);
}

void MessageBar::drop(const std::function<bool(const Message&)>& which)
{
    if (m_messages.removeIf(which) > 0)
        showTop();
}

void MessageBar::focusMessage()
{
    if (m_messages.isEmpty())
        return;
    QWidget* first = m_messages[shown()].actionText.isEmpty() ? static_cast<QWidget*>(m_close)
                                                              : static_cast<QWidget*>(m_action);
    first->setFocus(Qt::ShortcutFocusReason);
}

void MessageBar::showTop()
{
    setVisible(!m_messages.isEmpty());
    if (!m_messages.isEmpty()) {
        const Message& message = m_messages[shown()];
        const int side = fontMetrics().height();
        m_icon->setPixmap(
            glyph(iconOf(message.kind)).pixmap(QSize(side, side), devicePixelRatioF()));
        m_icon->setAccessibleName(kindName(message.kind));
        m_text->setText(message.sentence);
        m_text->setToolTip(message.sentence);
        m_text->setAccessibleName(tr("%1: %2").arg(kindName(message.kind), message.sentence));
        m_action->setVisible(!message.actionText.isEmpty());
        m_action->setText(message.actionText);
        if (!message.actionText.isEmpty())
            m_action->setAccessibleName(message.actionText);
        m_close->setToolTip(message.kind == Question ? tr("Leave it as it is") : tr("Dismiss"));
        m_close->setAccessibleName(message.kind == Question ? m_close->toolTip()
                                                            : tr("Dismiss the message"));
        setAccessibleName(tr("Messages"));
        setAccessibleDescription(message.sentence);
        showMore();
    }
    update();
    emit changed();
}

/// The way to the full texts, where there is more than what is seen.
void MessageBar::showMore()
{
    layout()->activate();
    const bool cut = m_text->shownText() != m_text->text();
    m_more->setText(count() > 1 ? tr("%n more", nullptr, count() - 1) : tr("All of it"));
    m_more->setVisible(count() > 1 || cut);
}

void MessageBar::showAll()
{
    QStringList texts;
    for (qsizetype i = m_messages.size() - 1; i >= 0; --i)
        texts.append(tr("%1: %2").arg(kindName(m_messages[i].kind), m_messages[i].sentence));
    showMessageDetails(texts.join(QStringLiteral("\n\n")), this);
}

void MessageBar::announce()
{
    QAccessibleEvent event(m_text, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

QColor MessageBar::accent() const
{
    const bool dark = palette().color(QPalette::Window).lightness() < 128;
    switch (m_messages.isEmpty() ? Info : m_messages[shown()].kind) {
    case Info:
    case Question:
        return dark ? QColor(0x56, 0xb4, 0xe9) : QColor(0x00, 0x72, 0xb2);
    case Warning:
        return dark ? QColor(0xf0, 0xb4, 0x1e) : QColor(0xb0, 0x7a, 0x00);
    case Error:
        break;
    }
    return dark ? QColor(0xff, 0x6b, 0x5e) : QColor(0xb3, 0x26, 0x1e);
}

void MessageBar::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_icon && !m_messages.isEmpty())
        showTop();
}

void MessageBar::keyPressEvent(QKeyEvent* event)
{
    const bool question = !m_messages.isEmpty() && m_messages[shown()].kind == Question;
    if (event->key() == Qt::Key_Escape && !question)
        dismiss();
    else
        QFrame::keyPressEvent(event);
}

void MessageBar::resizeEvent(QResizeEvent* event)
{
    QFrame::resizeEvent(event);
    if (!m_messages.isEmpty())
        showMore();
}

void MessageBar::paintEvent(QPaintEvent* event)
{
    QPainter painter(this);
    QColor wash = accent();
    wash.setAlpha(40);
    painter.fillRect(rect(), palette().color(QPalette::Window));
    painter.fillRect(rect(), wash);
    painter.fillRect(QRect(0, 0, 5, height()), accent());
    painter.end();
    QFrame::paintEvent(event);
}

} // namespace bitloom
