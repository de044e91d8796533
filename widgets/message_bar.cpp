// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/message_bar.h"

#include "widgets/icons.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace bitloom {

namespace {

constexpr int kInfoStays = 10000; // milliseconds

QString iconOf(MessageBar::Kind kind)
{
    switch (kind) {
    case MessageBar::Info:
        return QStringLiteral("info");
    case MessageBar::Warning:
        return QStringLiteral("warning");
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
    case MessageBar::Error:
        break;
    }
    return MessageBar::tr("Error");
}

} // namespace

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_text(new QLabel(this))
    , m_more(new QLabel(this))
    , m_action(new QPushButton(this))
    , m_close(new QToolButton(this))
{
    setObjectName(QStringLiteral("messageBar"));
    m_icon->setObjectName(QStringLiteral("messageKind"));
    m_text->setObjectName(QStringLiteral("messageText"));
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_more->setObjectName(QStringLiteral("messageMore"));
    m_action->setObjectName(QStringLiteral("messageAction"));
    m_action->setAccessibleName(tr("What can be done"));
    m_close->setObjectName(QStringLiteral("messageDismiss"));
    m_close->setIcon(glyph(QStringLiteral("close")));
    m_close->setAutoRaise(true);
    m_close->setToolTip(tr("Dismiss"));
    m_close->setAccessibleName(tr("Dismiss the message"));
    connect(m_close, &QToolButton::clicked, this, &MessageBar::dismiss);
    connect(m_action, &QPushButton::clicked, this, [this] {
        const auto action = m_messages.last().action;
        dismiss();
        if (action)
            action();
    });
    m_leave.setSingleShot(true);
    m_leave.setInterval(kInfoStays);
    connect(&m_leave, &QTimer::timeout, this, &MessageBar::dismiss);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 4, 6, 4);
    layout->addWidget(m_icon);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_more);
    layout->addWidget(m_action);
    layout->addWidget(m_close);
    hide();
}

void MessageBar::post(Kind kind, const QString& sentence, const QString& actionText,
                      std::function<void()> action)
{
    m_messages.removeIf([&](const Message& message) {
        return message.kind == kind && message.sentence == sentence;
    });
    m_messages.append({kind, sentence, actionText, std::move(action)});
    showTop();
    announce();
    emit posted(kind, sentence);
}

QString MessageBar::text() const
{
    return m_messages.isEmpty() ? QString() : m_messages.last().sentence;
}

void MessageBar::dismiss()
{
    if (!m_messages.isEmpty())
        m_messages.removeLast();
    showTop();
}

void MessageBar::clear()
{
    m_messages.clear();
    showTop();
}

void MessageBar::showTop()
{
    m_leave.stop();
    setVisible(!m_messages.isEmpty());
    if (m_messages.isEmpty())
        return;
    const Message& message = m_messages.last();
    const int side = fontMetrics().height();
    m_icon->setPixmap(glyph(iconOf(message.kind)).pixmap(QSize(side, side), devicePixelRatioF()));
    m_icon->setAccessibleName(kindName(message.kind));
    m_text->setText(message.sentence);
    m_text->setAccessibleName(tr("%1: %2").arg(kindName(message.kind), message.sentence));
    m_more->setVisible(count() > 1);
    m_more->setText(tr("%n more", nullptr, count() - 1));
    m_action->setVisible(!message.actionText.isEmpty());
    m_action->setText(message.actionText);
    if (!message.actionText.isEmpty())
        m_action->setAccessibleName(message.actionText);
    setAccessibleName(tr("Messages"));
    setAccessibleDescription(message.sentence);
    if (message.kind == Info)
        m_leave.start();
    update();
}

void MessageBar::announce()
{
    QAccessibleEvent event(m_text, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

QColor MessageBar::accent() const
{
    const bool dark = palette().color(QPalette::Window).lightness() < 128;
    switch (m_messages.isEmpty() ? Info : m_messages.last().kind) {
    case Info:
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
    if (event->key() == Qt::Key_Escape)
        dismiss();
    else
        QFrame::keyPressEvent(event);
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
